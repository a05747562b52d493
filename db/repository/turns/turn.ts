/** The shapes of a turn: what is asked for, and what came of registering it. */
import type { Artifact, ChatMessagePart, MessageMetadata } from "#lib/chat-protocol.ts"
import type { HistoryMessage } from "../history.ts"
import type { Refusal } from "../refusal.ts"

export interface NewTurn {
  userId: string
  chatId: string
  streamId: string
  agent: string
  /** of the chat, where this turn creates it */
  title: string
  /**
   * The new user message and which of the user's earlier ones it replaces; or which answer to write anew, or to go on
   * with in its place (undefined: the last one); or what is said to calls that wait in the last one.
   */
  asks:
    | { kind: "submit"; message: NewMessage; replaces?: string | undefined }
    | { kind: "regenerate" | "continue"; messageId: string | undefined }
    | { kind: "decide"; decisions: Decision[] }
  /** the placeholder's final id, and what is known of the answer before it begins */
  answer: { id: string; metadata: Omit<MessageMetadata, "status"> }
  /** how long the producer may be silent before it counts as dead */
  leaseMs: number
  /** false: credits are not looked at */
  needsCredits: boolean
  /** refused where so many of the user's streams run already; undefined: any number may */
  maxStreams: number | undefined
  /** what the user calls this request by, if anything */
  request?: NamedRequest | undefined
}

export interface NamedRequest {
  /** made of the user and the key they gave: nobody else's is the same */
  key: string
  /** of all that is asked for */
  hash: string
}

export interface NewMessage {
  id: string
  parts: ChatMessagePart[]
  artifacts?: Artifact[]
}

export type TurnOutcome =
  /**
   * `history`: what came before it, with a summary in the place of what was compacted; `partial`: what it goes on with;
   * `isNewChat`: this turn created it
   */
  | { kind: "registered"; history: HistoryMessage[]; isNewChat: boolean; partial?: ChatMessagePart[] }
  /** the same turn was asked for before: follow its stream */
  | { kind: "repeated"; streamId: string }
  | Refusal
  /** The reason for a refusal was gone before it could be named. */
  | { kind: "try-again" }

export interface Decision {
  /** the server's own, stored with the call */
  approvalId: string
  approved: boolean
  /** told to the model where it was denied */
  reason?: string | undefined
}
