/** Reads what a POST may ask for, and refuses everything else. */
import { z } from "zod"
import type { NamedRequest } from "#db/repository/turns/turn.ts"
import {
  type Artifact,
  type ChatMessagePart,
  chatIdPattern,
  fileIdOf,
  maxArtifactChars,
  maxArtifacts,
  maxMessageChars,
  maxMessageParts,
} from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { isWellFormedText } from "../../text.ts"
import { approvalsIn, type Decided } from "./decision-request.ts"
import { code, schemaRefusal } from "./schema-refusal.ts"

export interface TurnRequest {
  chatId: string
  agent: string
  model: string | undefined
  asks:
    | { kind: "submit"; message: NewMessage; replaces: string | undefined }
    | { kind: "regenerate" | "continue"; messageId: string | undefined }
    | ({ kind: "decide" } & Decided)
  named?: NamedRequest | undefined
}

export interface NewMessage {
  id: string
  parts: ChatMessagePart[]
  artifacts: Artifact[]
}

export const messageIdSchema = z.string().regex(/^[\w.:-]{1,128}$/)
/** Text that will be stored or looked up: JSON can hold characters that no database accepts. */
const textSchema = z.string().refine(isWellFormedText, code("invalid_text"))
const textPartSchema = z.strictObject({ type: z.literal("text"), text: textSchema })
const isInline = /^data:(image\/(png|jpeg|webp|gif)|application\/pdf|text\/(plain|markdown|csv))[;,]/
const filePartSchema = z.strictObject({
  type: z.literal("file"),
  mediaType: textSchema.max(100),
  filename: textSchema.max(255).optional(),
  url: textSchema.refine((url) => isInline.test(url) || fileIdOf(url) !== undefined, code("url_not_allowed")),
})
const messageSchema = z.strictObject({
  id: messageIdSchema,
  role: z.literal("user", code("role_not_allowed")),
  parts: z
    .array(z.discriminatedUnion("type", [textPartSchema, filePartSchema], code("part_not_allowed")))
    .max(maxMessageParts, code("too_many_parts")),
  metadata: z.unknown().optional(),
})
const artifactSchema = z.strictObject({
  type: z.string().regex(/^[A-Z][A-Z0-9_]{0,31}$/, code("part_not_allowed")),
  content: textSchema.max(maxArtifactChars, code("message_too_long")),
})
/** A stock client sends the whole chat, of which only the last question is read. */
const maxMessages = 2_000
export const chatIdSchema = z
  .string(code("invalid_chat_id"))
  .regex(chatIdPattern, code("invalid_chat_id"))
  .toLowerCase()
/** In lower case, as ids are stored and compared. */
export const streamIdSchema = z.uuid().toLowerCase()
export const turnRequestSchema = z.strictObject({
  id: chatIdSchema,
  message: messageSchema.optional(),
  messages: z.array(z.unknown()).max(maxMessages, code("too_many_parts")).optional(),
  trigger: z.enum(["submit-message", "regenerate-message", "continue-message"]).default("submit-message"),
  messageId: messageIdSchema.optional(),
  agent: textSchema.max(100).default("assistant"),
  model: textSchema.max(200).optional(),
  artifacts: z.array(artifactSchema).max(maxArtifacts, code("too_many_parts")).default([]),
})

/**
 * Parses a turn.
 * @throws ChatError with the code of the first problem, and the places of all
 */
export function parseTurnRequest(body: unknown): TurnRequest {
  const request = parse(turnRequestSchema, body, [])
  const common = { chatId: request.id, agent: request.agent, model: request.model }
  if (request.trigger === "regenerate-message")
    return { ...common, asks: { kind: "regenerate", messageId: request.messageId } }
  if (request.trigger === "continue-message")
    return { ...common, asks: { kind: "continue", messageId: request.messageId } }
  const decided = request.message ? undefined : approvalsIn(request.messages, request.messageId)
  if (decided) return { ...common, asks: { kind: "decide", ...decided } }
  const message = request.message ?? lastUserMessage(request.messages)
  const { artifacts } = request
  checkText(message, artifacts)
  // A client that tries again sends the message itself, so there is nothing to replace.
  const replaces = request.messageId === message.id ? undefined : request.messageId
  return { ...common, asks: { kind: "submit", message: { id: message.id, parts: message.parts, artifacts }, replaces } }
}

const isOfUser = z.object({ role: z.literal("user") })

type UserMessage = z.infer<typeof messageSchema>

function lastUserMessage(messages: unknown[] = []): UserMessage {
  if (messages.length === 0) throw new ChatError("empty_message")
  const index = messages.findLastIndex((message) => isOfUser.safeParse(message).success)
  if (index === -1) throw new ChatError("role_not_allowed")
  return parse(messageSchema, messages[index], ["messages", index])
}

function checkText(message: UserMessage, artifacts: Artifact[]): void {
  const texts = message.parts.map((part) => (part.type === "text" ? part.text : (part.filename ?? "")))
  const text = texts.join("")
  if (text.length > maxMessageChars) throw new ChatError("message_too_long")
  const isBare =
    artifacts.every(({ content }) => isBlank(content)) && message.parts.every(({ type }) => type === "text")
  if (isBare && isBlank(text)) throw new ChatError("empty_message")
}

function isBlank(text: string): boolean {
  return /^[\s\p{Cf}]*$/u.test(text)
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, at: (string | number)[]): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw schemaRefusal(parsed.error, at)
  return parsed.data
}
