/**
 * The shapes that browser and server share. Every chat page loads this file: nothing in it needs a library.
 */
import type { UIMessage, UIMessageChunk } from "ai"

/** How far an answer is. The last four are final and set once. */
export const finalStatuses = ["COMPLETE", "ERROR", "STOPPED", "INTERRUPTED"] as const
export const messageStatuses = ["SENDING", "STREAMING", ...finalStatuses] as const
export type MessageStatus = (typeof messageStatuses)[number]
export type FinalStatus = (typeof finalStatuses)[number]

export function isFinal(status: MessageStatus): status is FinalStatus {
  return status !== "SENDING" && status !== "STREAMING"
}

/** What an answer cost, in tokens. */
export interface Usage {
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
  reasoningTokens: number
  /** true where the provider reported nothing and we counted characters instead */
  estimated: boolean
}

/** A typed attachment of a message: what an editor, a terminal or a paste brings along. */
export interface Artifact {
  /** a word in capitals, such as IDE, CODE, DOCUMENT or FILE; nothing depends on it */
  type: string
  content: string
}

/** What one answer took, whatever ended it. */
export interface BilledAnswer extends Usage {
  streamId: string
  chatId: string
  messageId: string
  model: string
  /** one a token */
  credits: number
  /** ISO 8601 */
  createdAt: string
}

export interface Bill {
  /** tokens left to spend; null: no limit */
  credits: number | null
  /** the newest first */
  answers: BilledAnswer[]
  nextCursor: string | null
}

export interface MessageMetadata {
  status: MessageStatus
  /** ISO 8601 */
  createdAt?: string
  model?: string
  usage?: Usage
  /** from its beginning to its end, by the server's clock; not known where its server died */
  tookMs?: number
  /** of that, until the model's first word or call */
  firstWordMs?: number
  /** why a complete answer is not as long as it might have been */
  cutBy?: "length" | "content-filter" | "tool-calls"
  /** what the model was asked without, since it does not take it */
  leftOut?: LeftOut[]
  /**
   * what went wrong, as a code of `lib/errors.ts`, with its sentence for people
   * @property retryable whether the same may succeed later; answers stored by earlier versions do not say
   * @property retryAt ISO 8601: from when on the provider can be asked again, where it has named a time
   */
  error?: { code: string; message: string; retryable?: boolean; retryAt?: string }
  /** what was attached to the message, in order; not stored with it */
  artifacts?: Artifact[]
  /** the answer that went on with this one, and has all of it; no reader sees this one unless it asks for it */
  continuedBy?: string
  /** of the user's message: which one it is to replace; only in the browser that sends it */
  replaces?: string
  /** where others stand in its place, oldest first: itself is the one at `index`; not stored with the message */
  branches?: { ids: string[]; index: number }
  /** on the last message that a summary speaks for; not stored with the message */
  compaction?: Compaction
}

/** Tools, and files of which it was told the names. */
export const leftOutKinds = ["tools", "image", "pdf"] as const
export type LeftOut = (typeof leftOutKinds)[number]

/** Stands for the older part of a long chat when the model is asked. */
export interface Compaction {
  summary: string
  /** estimates, of what it stands for and of itself */
  tokensBefore: number
  tokensAfter: number
  /** who wrote it */
  model: string
  /** ISO 8601 */
  createdAt: string
}

export type ChatMessage = UIMessage<MessageMetadata>
export type ChatMessagePart = ChatMessage["parts"][number]

/** Under this name the metadata of a thought says what we know of it, beside what its provider does. */
export const tookMsKey = "rejoin"

/** @returns how long a thought or a call took, where the server has measured it */
export function tookMsOf(part: ChatMessagePart): number | undefined {
  const told =
    part.type === "reasoning"
      ? part.providerMetadata?.[tookMsKey]?.["tookMs"]
      : "toolMetadata" in part && part.toolMetadata?.["tookMs"]
  return typeof told === "number" ? told : undefined
}

/** On the end of a text that was a thought, as its model said only then. */
export const wasThought = { [tookMsKey]: { wasThought: true } }

/** @returns the parts, with each text that turned out to be a thought as one */
export function withThoughts(parts: ChatMessagePart[]): ChatMessagePart[] {
  const isLateThought = (part: ChatMessagePart) =>
    part.type === "text" && part.providerMetadata?.[tookMsKey]?.["wasThought"] === true
  if (!parts.some(isLateThought)) return parts
  return parts.map((part) =>
    part.type === "text" && isLateThought(part) ? { type: "reasoning", text: part.text, state: "done" } : part,
  )
}

/** @returns what was said in these parts, without thoughts, tools and attachments */
export function textOf(parts: ChatMessagePart[]): string {
  return withThoughts(parts)
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n\n")
}

/** What the user says to a tool call that waits for it. */
export interface UserDecision {
  approvalId: string
  approved: boolean
}

/** `<epoch>-<seq>`, both counted from 1: the place of an event in its stream. */
export type EventId = `${number}-${number}`

export interface StreamEvent {
  readonly id: EventId
  readonly chunk: UIMessageChunk
}

const eventIdPattern = /^([1-9]\d{0,15})-([1-9]\d{0,15})$/

/** @returns undefined where the text is no event id: not two whole numbers from 1 to 2^53 − 1 */
export function parseEventId(text: string): { epoch: number; seq: number } | undefined {
  const match = eventIdPattern.exec(text)
  if (!match) return undefined
  const epoch = Number(match[1])
  const seq = Number(match[2])
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) ? { epoch, seq } : undefined
}

export function eventId(epoch: number, seq: number): EventId {
  return `${epoch}-${seq}`
}

/** The chunks after which nothing follows. A stream that ends without one has a hole at its end. */
export function endsStream(chunk: UIMessageChunk): boolean {
  return chunk.type === "finish" || chunk.type === "abort" || chunk.type === "error"
}

/** A UUID of any version, or the one of nothing but zeros, in either case. */
export const chatIdPattern =
  /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|0{8}-(?:0{4}-){3}0{12})$/i

/** The longest text of one message, in UTF-16 code units. */
export const maxMessageChars = 32_000
/** The most parts one message may have. */
export const maxMessageParts = 32
/** The most artifacts one message may have, and the longest content of one, in UTF-16 code units. */
export const maxArtifacts = 20
export const maxArtifactChars = 200_000

/** The most bytes one file may have. */
export const maxFileBytes = 10_000_000

const fileUrlPattern = /^\/api\/files\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The address under which its owner gets a file, and messages name it. */
export function fileUrl(id: string): string {
  return `/api/files/${id}`
}

/** @returns undefined where it is no address of an upload */
export function fileIdOf(url: string): string | undefined {
  return fileUrlPattern.exec(url)?.[1]
}

/** What the browser may know of an agent. */
export interface PublicAgent {
  /** its part of the address: lower-case letters, digits and hyphens */
  slug: string
  name: string
  /** one line */
  description: string
  /** four to begin with, on the empty page */
  startingPrompts: string[]
}

/** A model on offer. */
export interface PublicModel {
  id: string
  /** for people */
  name: string
}

export interface ChatSummary {
  id: string
  agent: string
  title: string
  /** ISO 8601: when its last turn began */
  updatedAt: string
  isRunning: boolean
  /** where a search found its text in what was said */
  snippet?: Snippet
}

/** A turn that is being answered. */
export interface RunningTurn {
  chatId: string
  streamId: string
  /** of the answer */
  messageId: string
}

/** Something that has happened in a user's chats. */
export type UserNews =
  | ({ type: "turn-started" } & RunningTurn)
  | ({ type: "turn-ended"; status: FinalStatus } & RunningTurn)
  | { type: "chat-created"; chatId: string; agent: string; title: string }
  | { type: "chat-renamed"; chatId: string; title: string }
  | { type: "chat-deleted"; chatId: string }

/** What a user's tabs hear. "state" comes first, and again where news may have been missed: lists are to be read anew. */
export type UserEvent = UserNews | { type: "state"; running: RunningTurn[] }
export interface Snippet {
  before: string
  hit: string
  after: string
}

/** The longest title somebody may give a chat. */
export const maxTitleChars = 100

/** All that a chat's page needs for its first paint. */
export interface ChatPage {
  agent: PublicAgent
  agents: PublicAgent[]
  /** undefined on the page of a new chat */
  chatId: string | undefined
  messages: ChatMessage[]
  /** the newest of the user's chats */
  chats: ChatSummary[]
  /** where the list goes on; undefined: it has all of them */
  olderChats: string | undefined
  /** the chat on show, where it is stored and too old to be among `chats` */
  ownChat: ChatSummary | undefined
  user: { name: string; email: string; isAnonymous: boolean } | undefined
  /** false where resuming is switched off: a running answer can be reread, not followed */
  isResumable: boolean
  /** that may be chosen from, at least one */
  models: PublicModel[]
  /** the one that answers where nobody has chosen */
  modelId: string
  /** no model is configured: a script answers */
  isDemoModel: boolean
}

/**
 * A path on this very server, as a source that is a page of our own has it. Not the API: a link there is not read.
 * The host is one that nobody has: what leads to another one shows.
 */
export function isOwnAddress(text: string): boolean {
  const origin = "http://own.invalid"
  if (!text.startsWith("/") || !URL.canParse(text, origin)) return false
  const url = new URL(text, origin)
  return url.origin === origin && !url.pathname.startsWith("//") && !/^\/api(\/|$)/i.test(url.pathname)
}
