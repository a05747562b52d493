import type { UIMessageChunk } from "ai"
import type { EventId } from "#lib/chat-protocol.ts"
import type { ChatError, ErrorDetail } from "#lib/errors.ts"
import type { AttachedAnswer } from "#lib/http/responses/attached-answer.ts"
import { retryAfterSecondsOf } from "#lib/http/responses/error-response.ts"
import { onceATurn } from "#lib/http/responses/once-a-turn.ts"

/**
 * What the server sends. `type`, `requestId`, `sequence`, `chunk` and `errorText` are the AI SDK's; its client ignores
 * all other fields, and closes the socket at a frame of another type.
 */
export type ServerFrame = { requestId: string } & (
  | { type: "start"; streamId: string; resume: AttachedAnswer["resume"] }
  /** `sequence` counts a request's chunks from 0 */
  | { type: "chunk"; sequence: number; chunk: UIMessageChunk; id: EventId | undefined }
  | { type: "end" | "no-active" }
  | ErrorFrame
  /** only for our own client */
  | { type: "caught-up" | "heartbeat" }
)

interface ErrorFrame {
  type: "error"
  errorText: string
  code: string
  retryable: boolean
  retryAfterSeconds?: number | undefined
  streamId?: string | undefined
  details?: ErrorDetail[] | undefined
}

/** Puts an error into a frame, with what an HTTP response would say of it. */
export function errorFrame(requestId: string, error: ChatError): ServerFrame {
  const { code, message, kind, streamId, details } = error
  return {
    type: "error",
    requestId,
    errorText: message,
    code,
    retryable: kind.retryable ?? false,
    retryAfterSeconds: retryAfterSecondsOf(error),
    streamId,
    details,
  }
}

const chunkJson = onceATurn((chunk: UIMessageChunk) => JSON.stringify(chunk))

/** Encodes a frame as JSON. Readers of one stream share the JSON of its chunks. */
export function frameText(frame: ServerFrame): string {
  if (frame.type !== "chunk") return JSON.stringify(frame)
  const { requestId, sequence, chunk, id } = frame
  const idField = id === undefined ? "" : `,"id":"${id}"`
  return `{"type":"chunk","requestId":${JSON.stringify(requestId)},"sequence":${sequence},"chunk":${chunkJson(chunk)}${idField}}`
}
