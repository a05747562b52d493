import { parsedJson } from "#lib/parsed-json.ts"
import { fieldOf } from "../chat-problem.ts"
import { type ReceivedEvent, receivedEvent } from "../streams/received-stream.ts"

/** A frame from the server about one request; `docs/protocol.md` lists them. */
export type ServerFrame = { requestId: string } & (
  | { type: "start"; streamId: string | undefined; resume: string | undefined }
  | { type: "chunk"; sequence: unknown; event: ReceivedEvent | undefined }
  | { type: "end" | "no-active" }
  | { type: "error"; code: string; refusal: Response }
  /** `caught-up`, `heartbeat`, and what a newer server may send */
  | { type: "sign-of-life" }
)

/** @returns undefined for what belongs to no request */
export function readFrame(data: unknown): ServerFrame | undefined {
  const frame = typeof data === "string" ? parsedJson(data) : undefined
  const requestId = fieldOf(frame, "requestId")
  if (typeof requestId !== "string") return undefined
  const type = fieldOf(frame, "type")
  switch (type) {
    case "start": {
      const textOf = (name: string) => {
        const text = fieldOf(frame, name)
        return typeof text === "string" ? text : undefined
      }
      return { requestId, type, streamId: textOf("streamId"), resume: textOf("resume") }
    }
    case "chunk": {
      const event = receivedEvent(fieldOf(frame, "id"), fieldOf(frame, "chunk"))
      return { requestId, type, sequence: fieldOf(frame, "sequence"), event }
    }
    case "end":
    case "no-active":
      return { requestId, type }
    case "error":
      return { requestId, type, ...refusalIn(frame) }
    default:
      return { requestId, type: "sign-of-life" }
  }
}

/** Gives a refusal the shape that it has over HTTP, so that it is retried and shown by the same rules. */
function refusalIn(frame: unknown): { code: string; refusal: Response } {
  const code = String(fieldOf(frame, "code") ?? "internal_error")
  const retryable = fieldOf(frame, "retryable") === true
  const body = {
    error: { code, message: fieldOf(frame, "errorText"), retryable, streamId: fieldOf(frame, "streamId") },
  }
  const retryAfter = String(fieldOf(frame, "retryAfterSeconds") ?? 0)
  const headers = { "content-type": "application/json", "retry-after": retryAfter }
  return { code, refusal: new Response(JSON.stringify(body), { status: retryable ? 503 : 400, headers }) }
}
