/** Shapes shared by browser and server. Every chat page loads this file, so it must not need a library. */
import type { UIMessage, UIMessageChunk } from "ai"

/** The state of an answer. The last four are final and set once. */
export const finalStatuses = ["COMPLETE", "ERROR", "STOPPED", "INTERRUPTED"] as const
export const messageStatuses = ["SENDING", "STREAMING", ...finalStatuses] as const
export type MessageStatus = (typeof messageStatuses)[number]
export type FinalStatus = (typeof finalStatuses)[number]

export function isFinal(status: MessageStatus): status is FinalStatus {
  return status !== "SENDING" && status !== "STREAMING"
}

/** The tokens that an answer used. */
export interface Usage {
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
  reasoningTokens: number
  /** true if the provider reported nothing and the tokens were estimated from characters */
  estimated: boolean
  /** true if the provider reports only a part of what it used */
  isLowerBound?: true
}

/** A typed attachment of a message, such as from an editor, a terminal or a paste. */
export interface Artifact {
  /** a word in capitals, such as IDE, CODE, DOCUMENT or FILE; only shown */
  type: string
  content: string
}

/** The charge of one answer, however it ended. */
export interface ChargedAnswer extends Usage {
  streamId: string
  chatId: string
  messageId: string
  model: string
  /** one credit per token */
  credits: number
  /** ISO 8601 */
  createdAt: string
}

export interface UsagePage {
  /** tokens left to spend; null: no limit */
  credits: number | null
  /** newest first */
  answers: ChargedAnswer[]
  nextCursor: string | null
}

export interface MessageMetadata {
  status: MessageStatus
  /** ISO 8601 */
  createdAt?: string
  model?: string
  usage?: Usage
  /** from beginning to end, by the server's clock; unknown if its server died */
  tookMs?: number
  /** time to the model's first word or call */
  firstWordMs?: number
  /** why a complete answer is shorter than it could have been */
  cutBy?: "length" | "content-filter" | "tool-calls"
  /** what was left out of the request because the model does not accept it */
  leftOut?: LeftOut[]
  /**
   * the error, as a code of `lib/errors.ts` with its sentence for people
   * @property retryable whether the same request may succeed later; missing in answers of earlier versions
   * @property retryAt ISO 8601: when the provider can be asked again, if it has said so
   */
  error?: { code: string; message: string; retryable?: boolean; retryAt?: string }
  /** the message's attachments, in order; stored separately */
  artifacts?: Artifact[]
  /** the answer that continues this one and contains all of it; this one is then shown only on request */
  continuedBy?: string
  /** in a user's message: the message that it replaces; exists only in the sending browser */
  replaces?: string
  /**
   * the branches at this place, oldest first, of which this message is the one at `index`; not stored with the message
   */
  branches?: { ids: string[]; index: number }
  /** on the last message that a summary covers; not stored with the message */
  compaction?: Compaction
}

/** Tools, and kinds of files of which the model got only the names. */
export const leftOutKinds = ["tools", "image", "pdf"] as const
export type LeftOut = (typeof leftOutKinds)[number]

/** A summary that replaces the older part of a long chat in prompts. */
export interface Compaction {
  summary: string
  /** estimated tokens of the replaced part and of the summary */
  tokensBefore: number
  tokensAfter: number
  /** id of the model that wrote it */
  model: string
  /** ISO 8601 */
  createdAt: string
}

export type ChatMessage = UIMessage<MessageMetadata>
export type ChatMessagePart = ChatMessage["parts"][number]

/** Key of our own entries in a thought's metadata, beside the provider's. */
export const tookMsKey = "rejoin"

/** Returns how long a thought or a call took, if the server measured it. */
export function tookMsOf(part: ChatMessagePart): number | undefined {
  const recorded =
    part.type === "reasoning"
      ? part.providerMetadata?.[tookMsKey]?.["tookMs"]
      : "toolMetadata" in part && part.toolMetadata?.["tookMs"]
  return typeof recorded === "number" ? recorded : undefined
}

/** Marks the end of a text that turned out to be a thought. */
export const wasThought = { [tookMsKey]: { wasThought: true } }

/** Returns the parts, with each text that turned out to be a thought changed into one. */
export function withThoughts(parts: ChatMessagePart[]): ChatMessagePart[] {
  const isLateThought = (part: ChatMessagePart) =>
    part.type === "text" && part.providerMetadata?.[tookMsKey]?.["wasThought"] === true
  if (!parts.some(isLateThought)) return parts
  return parts.map((part) =>
    part.type === "text" && isLateThought(part) ? { type: "reasoning", text: part.text, state: "done" } : part,
  )
}

/** Returns the text of these parts, without thoughts, tools and attachments. */
export function textOf(parts: ChatMessagePart[]): string {
  return withThoughts(parts)
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n\n")
}

/** The most characters of a running command's output that are sent; older ones are left out. */
export const liveOutputChars = 8_000

/** The user's decision about a tool call that waits for it. */
export interface UserDecision {
  approvalId: string
  approved: boolean
}

/** `<epoch>-<seq>`, both counted from 1: the position of an event in its stream. */
export type EventId = `${number}-${number}`

export interface StreamEvent {
  readonly id: EventId
  readonly chunk: UIMessageChunk
}

export const eventIdPattern = /^([1-9]\d{0,15})-([1-9]\d{0,15})$/

/** Parses an event id. @returns undefined unless it is two whole numbers from 1 to 2^53 − 1 */
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

/** Tells whether a chunk ends its stream. A stream that stops without such a chunk is missing its end. */
export function endsStream(chunk: UIMessageChunk): boolean {
  return chunk.type === "finish" || chunk.type === "abort" || chunk.type === "error"
}

/** A UUID of any version, or the all-zero one, in either case. */
export const chatIdPattern =
  /^(?:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|0{8}-(?:0{4}-){3}0{12})$/

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

/** Returns the address at which the owner reads a file, and by which messages name it. */
export function fileUrl(id: string): string {
  return `/api/files/${id}`
}

/** Returns the id in a file's address; undefined for other addresses. */
export function fileIdOf(url: string): string | undefined {
  return fileUrlPattern.exec(url)?.[1]
}

/** What the browser may know of an agent. */
export interface PublicAgent {
  /** its part of the URL: lower-case letters, digits and hyphens */
  slug: string
  name: string
  /** one line */
  description: string
  /** four suggestions on the empty page */
  startingPrompts: string[]
  /** true if it answers with a model of its own: there is none to choose */
  hasOwnModel?: true
}

/** An available model. */
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
  /** where a search found its text in a message */
  snippet?: Snippet
}

/** A turn whose answer is being generated. */
export interface RunningTurn {
  chatId: string
  streamId: string
  /** id of the answer */
  messageId: string
}

/** An event in a user's chats. */
export type UserNews =
  | ({ type: "turn-started" } & RunningTurn)
  | ({ type: "turn-ended"; status: FinalStatus } & RunningTurn)
  | { type: "chat-created"; chatId: string; agent: string; title: string }
  | { type: "chat-renamed"; chatId: string; title: string }
  | { type: "chat-deleted"; chatId: string }

/**
 * What a user's tabs receive. "state" comes first, and again after news may have been missed: tabs then reload their
 * lists.
 */
export type UserEvent = UserNews | { type: "state"; running: RunningTurn[] }
export interface Snippet {
  before: string
  hit: string
  after: string
}

/** The longest title a user may give a chat. */
export const maxTitleChars = 100

/** Everything that a chat's page needs for its first paint. */
export interface ChatPage {
  agent: PublicAgent
  agents: PublicAgent[]
  /** undefined on the page of a new chat */
  chatId: string | undefined
  messages: ChatMessage[]
  /** the newest of the user's chats */
  chats: ChatSummary[]
  /** cursor of the next page; undefined if the list is complete */
  olderChats: string | undefined
  /** the shown chat, if it is stored and too old to be in `chats` */
  ownChat: ChatSummary | undefined
  user: { name: string; email: string; isAnonymous: boolean } | undefined
  /** false if resuming is off: a running answer can then be reloaded but not followed */
  isResumable: boolean
  /** true if answers come over a WebSocket where one works */
  isOverSocket: boolean
  /** models to choose from, at least one */
  models: PublicModel[]
  /** the default model */
  modelId: string
  /** true if no model is configured and a script answers */
  isDemoModel: boolean
}

/**
 * Tells whether an address is a page of this server, as sources of our own have it; paths of the API do not count. The
 * origin is a reserved one, so that an address which leads elsewhere is recognised.
 */
export function isOwnAddress(text: string): boolean {
  const origin = "http://own.invalid"
  if (!text.startsWith("/") || !URL.canParse(text, origin)) return false
  const url = new URL(text, origin)
  return url.origin === origin && !url.pathname.startsWith("//") && !/^\/api(\/|$)/i.test(url.pathname)
}
