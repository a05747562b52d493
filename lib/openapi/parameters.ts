import { z } from "zod"
import { chatIdPattern, eventIdPattern } from "#lib/chat-protocol.ts"
import { exportFormats } from "#lib/export/chat-export.ts"
import type { Parameter } from "./operation.ts"

const exampleId = "3f1f3f64-5717-4562-b3fc-2c963f66afa6"
const chatIdSchema = z.string().regex(chatIdPattern)
const positionSchema = z.string().regex(eventIdPattern)

export const chatIdInPath: Parameter = {
  name: "chatId",
  in: "path",
  description: "a UUID",
  schema: chatIdSchema,
  example: exampleId,
  refusals: ["invalid_chat_id"],
}

export const chatIdInQuery: Parameter = {
  ...chatIdInPath,
  in: "query",
  isRequired: true,
  refused: { "no UUID": { value: "my-chat", code: "invalid_chat_id" } },
  refusals: ["missing_chat_id", "duplicate_parameter", "invalid_chat_id"],
}

/** An unknown id is refused as it is where it has the wrong shape. */
export function idInPath(name: string): Parameter {
  return { name, in: "path", description: "a UUID", schema: z.uuid(), example: exampleId, refusals: [] }
}

const refusedPositions = { "no event id": { value: "12", code: "invalid_position" } } as const

/** Where a reader goes on, in both ways to say it. */
export const position: Parameter[] = [
  {
    name: "after",
    in: "query",
    description: "the id of the last event that the reader has",
    schema: positionSchema,
    example: "1-42",
    refused: refusedPositions,
    refusals: ["invalid_position", "duplicate_parameter"],
  },
  {
    name: "Last-Event-ID",
    in: "header",
    description: "the same, as an EventSource sends it; `after` goes first",
    schema: positionSchema,
    example: "1-42",
    refused: refusedPositions,
    refusals: ["invalid_position"],
  },
  {
    name: "streamId",
    in: "query",
    description: "the stream that the position is in, as `x-stream-id` names it (default: the chat's newest)",
    schema: z.uuid(),
    example: exampleId,
    refused: { "no UUID": { value: "newest", code: "invalid_position" } },
    refusals: ["invalid_position", "duplicate_parameter"],
  },
]

/** Of a durable stream. Who asks is checked first, so no example of a refused one is refused to everyone. */
export const durableRead: Parameter[] = [
  {
    name: "offset",
    in: "query",
    description:
      "`Stream-Next-Offset` of the response before, `-1` for the start, `now` for the tail; live reads need it",
    schema: z.string().regex(/^(-1|now|\d{1,16}_\d{1,16})$/),
    example: "0000000000000001_0000000000000042",
    refusals: ["invalid_offset", "missing_offset", "duplicate_parameter", "offset_gone"],
  },
  {
    name: "live",
    in: "query",
    description: "waits for what comes; any other value reads what there is now",
    schema: z.enum(["long-poll", "sse"]),
    example: "long-poll",
    refusals: ["duplicate_parameter", "too_many_connections"],
  },
  {
    name: "cursor",
    in: "query",
    description: "`Stream-Cursor` of the response before",
    schema: z.string(),
    example: "3394080",
    refusals: ["duplicate_parameter"],
  },
  {
    name: "If-None-Match",
    in: "header",
    description: "the `ETag` of a copy",
    schema: z.string(),
    example:
      '"3f1f3f64-5717-4562-b3fc-2c963f66afa6:0000000000000000_0000000000000000:0000000000000001_0000000000000042"',
    refusals: [],
  },
]

export const cursor: Parameter = {
  name: "cursor",
  in: "query",
  description: "`nextCursor` of the page before",
  schema: z.string(),
  example: "2026-11-30T12:00:00.000Z_3f1f3f64-5717-4562-b3fc-2c963f66afa6",
  refused: { "not of a list": { value: "page 2", code: "invalid_cursor" } },
  refusals: ["invalid_cursor", "duplicate_parameter"],
}

export const search: Parameter = {
  name: "search",
  in: "query",
  description: "only chats that have this text in a title or a message",
  schema: z.string().max(200),
  example: "redis",
  refused: { "too long": { value: "a".repeat(201), code: "invalid_request" } },
  refusals: ["invalid_request", "invalid_text", "duplicate_parameter"],
}

export const exportFormat: Parameter = {
  name: "format",
  in: "query",
  description: "to read, or with all details",
  schema: exportFormats,
  isRequired: true,
  example: "json",
  refused: { "no format": { value: "pdf", code: "invalid_request" } },
  refusals: ["invalid_request", "duplicate_parameter"],
}

export const askedMsAgo: Parameter = {
  name: "askedMsAgo",
  in: "query",
  description: "deletes only if no turn began during these milliseconds",
  schema: z.string().regex(/^\d{1,7}$/),
  example: "5000",
  refused: { "no number": { value: "soon", code: "invalid_request" } },
  refusals: ["invalid_request", "duplicate_parameter"],
}

export const idempotencyKey: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  description: "names the request: the same key with the same request follows the first one",
  schema: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  example: "order-4711",
  refused: { "with a space": { value: "order 4711", code: "invalid_request" } },
  refusals: ["invalid_request", "idempotency_mismatch"],
}

export const fileName: Parameter = {
  name: "x-filename",
  in: "header",
  description: "its name, percent-encoded",
  schema: z.string(),
  example: "notes.txt",
  refusals: [],
}
