/** The types of a turn: what is asked for, and the outcome of its registration. */
import type { Artifact, ChatMessagePart, MessageMetadata } from "#lib/chat-protocol.ts"
import type { HistoryMessage } from "../history.ts"
import type { Refusal } from "../refusal.ts"

export interface NewTurn {
  userId: string
  chatId: string
  streamId: string
  agent: string
  /** title of the chat, if this turn creates it */
  title: string
  /**
   * A new user message and the earlier one that it replaces; or the answer to regenerate or to continue (undefined: the
   * last one); or decisions on calls that wait in the last answer.
   */
  asks:
    | { kind: "submit"; message: NewMessage; replaces?: string | undefined }
    | { kind: "regenerate" | "continue"; messageId: string | undefined }
    | { kind: "decide"; decisions: Decision[] }
  /** the answer's final id, and the metadata that is known before it begins */
  answer: { id: string; metadata: Omit<MessageMetadata, "status"> }
  /** how long the producer may be silent before it counts as dead */
  leaseMs: number
  /** false: credits are not checked */
  needsCredits: boolean
  /** limit of the user's running streams; undefined: no limit */
  maxStreams: number | undefined
  /** identifies a repeated request, if the client named it */
  request?: NamedRequest | undefined
}

export interface NamedRequest {
  /** derived from the user and the key, so that users' keys never collide */
  key: string
  /** hash of the whole request */
  hash: string
}

export interface NewMessage {
  id: string
  parts: ChatMessagePart[]
  artifacts?: Artifact[]
}

export type TurnOutcome =
  /**
   * `history`: what came before, with a summary in place of compacted messages; `partial`: the answer that it continues;
   * `isNewChat`: this turn created the chat
   */
  | { kind: "registered"; history: HistoryMessage[]; isNewChat: boolean; partial?: ChatMessagePart[] }
  /** The same turn was registered before: its stream can be followed. */
  | { kind: "repeated"; streamId: string }
  | Refusal
  /** The reason for a refusal had vanished before it could be named. */
  | { kind: "try-again" }

export interface Decision {
  /** made by the server and stored with the call */
  approvalId: string
  approved: boolean
  /** given to the model if the call was denied */
  reason?: string | undefined
}
