import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { ChatStore } from "#lib/chat-store.ts"
import type { Uploads } from "#lib/files/uploads.ts"
import type { Slots } from "#lib/limits/slots.ts"
import type { ModelRegistry } from "#lib/models/registry.ts"
import type { RemoteAgent } from "#lib/models/remote-agent.ts"
import type { Relay } from "#lib/relay/relay.ts"
import type { UserEvents } from "../events/user-events.ts"
import type { Compactor } from "../prompt/compaction.ts"
import type { McpTools } from "../tools/mcp.ts"
import type { RunningGenerations } from "./running-generations.ts"
import type { Titler } from "./titles.ts"

/** The services that turns and answers need, as the composition root builds them. */
export interface ChatServices {
  repository: ChatRepository
  models: ModelRegistry
  /** agents that run elsewhere, by the slug of the agent */
  remoteAgents: ReadonlyMap<string, RemoteAgent>
  relay: Relay
  /** the last stream ids of a chat; no request waits for it */
  streams: ChatStore
  running: RunningGenerations
  /** keeps long chats within the model's context */
  compactor: Compactor
  files: Uploads
  /** tells the user's other tabs; no request waits for it */
  events: UserEvents
  /** of streams that run in this process, for each user */
  streamSlots: Slots
  titler: Titler
  /** tools of servers that the operator names */
  mcp: McpTools
  config: {
    saveEveryChars: number
    freeCredits: number
    /** limit of answers that run for a user at once; undefined: no limit */
    maxStreams: number | undefined
    modelReads: readonly ("image" | "pdf")[]
    isResumable: boolean
    /** true if another process continues an answer whose producer died; otherwise it only ends the answer */
    continuesAfterCrash: boolean
  }
  /** Writes a problem to the log, with its stream if there is one. */
  onProblem: (error: unknown, streamId?: string) => void
}
