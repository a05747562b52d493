import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { ChatStore } from "#lib/chat-store.ts"
import type { Uploads } from "#lib/files/uploads.ts"
import type { Slots } from "#lib/limits/slots.ts"
import type { ModelRegistry } from "#lib/models/registry.ts"
import type { Relay } from "#lib/relay/relay.ts"
import type { UserEvents } from "../events/user-events.ts"
import type { Compactor } from "../prompt/compaction.ts"
import type { McpTools } from "../tools/mcp.ts"
import type { RunningGenerations } from "./running-generations.ts"
import type { Titler } from "./titles.ts"

/** What the generation of answers is handed by the composition root. */
export interface ChatServices {
  repository: ChatRepository
  models: ModelRegistry
  relay: Relay
  /** the last stream ids of a chat; nobody waits for it */
  streams: ChatStore
  running: RunningGenerations
  /** keeps long chats within the model's context */
  compactor: Compactor
  files: Uploads
  /** tells the other tabs; nobody waits for it */
  events: UserEvents
  /** of streams that run in this process, for each user */
  streamSlots: Slots
  titler: Titler
  /** tools of servers that the operator names */
  mcp: McpTools
  config: {
    saveEveryChars: number
    freeCredits: number
    /** how many answers may be written for a user at once; undefined: any number */
    mostStreams: number | undefined
    modelReads: readonly ("image" | "pdf")[]
    isResumable: boolean
    /** an answer whose producer died is carried on; else it is only ended */
    carriesOn: boolean
  }
  /** tells the log; a stream id says where */
  onProblem: (error: unknown, streamId?: string) => void
}
