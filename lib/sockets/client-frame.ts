import { z } from "zod"
import { parseJson } from "#lib/http/json-body.ts"

/** What tells our own client from the AI SDK's: it also asks for `caught-up` and `heartbeat` frames. */
const ownFields = { caughtUp: z.boolean().default(false) }
const requestId = z.string().min(1).max(128)
/** Of the headers that a client puts into its frame, only this one means anything. */
const headers = z.record(z.string(), z.unknown()).default({})

const sendSchema = z.looseObject({
  type: z.literal("send"),
  requestId,
  headers,
  metadata: z.unknown().optional(),
  /** further fields of the request, such as `agent` */
  body: z.record(z.string(), z.unknown()).default({}),
  ...ownFields,
})
const resumeSchema = z.object({
  type: z.literal("resume"),
  requestId,
  /** the chat's id, checked when it is used */
  id: z.unknown().optional(),
  /** the last event that the client has; a stock client sends none, since it takes every stream from its start */
  after: z.unknown().optional(),
  /** the stream that it is in; the chat's newest where it is missing */
  streamId: z.unknown().optional(),
  /** whether a stored answer is wanted where none runs */
  stored: z.boolean().default(false),
  ...ownFields,
})
const abortSchema = z.object({ type: z.literal("abort"), requestId })
const frameSchema = z.discriminatedUnion("type", [sendSchema, resumeSchema, abortSchema])

export type SendFrame = z.infer<typeof sendSchema>
export type ResumeFrame = z.infer<typeof resumeSchema>
export type ClientFrame = z.infer<typeof frameSchema>

/** Reads a frame of the AI SDK's `WebSocketChatTransport` (7.0.173). @throws where it is none */
export function parseClientFrame(bytes: Buffer): ClientFrame {
  return frameSchema.parse(parseJson(bytes))
}

/** Returns what would be the body of a POST, as the AI SDK's HTTP transport puts it together. */
export function postBodyOf(frame: SendFrame): Record<string, unknown> {
  const { type: _type, requestId: _id, headers: _headers, metadata: _metadata, caughtUp: _own, body, ...fields } = frame
  return { ...body, ...fields }
}

/** @returns null without a key; a key that is no text becomes an empty one, which is refused */
export function idempotencyKeyOf({ headers }: SendFrame): string | null {
  const value = Object.entries(headers).find(([name]) => name.toLowerCase() === "idempotency-key")?.[1]
  if (value === undefined) return null
  return typeof value === "string" ? value : ""
}
