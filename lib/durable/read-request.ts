import { ChatError } from "#lib/errors.ts"
import { singleParameter } from "#lib/http/chat-parameters.ts"
import { type AskedOffset, parseOffset } from "./offsets.ts"

export interface ReadRequest {
  offset: AskedOffset
  /** undefined: what there is now. The protocol passes over modes that a server does not know. */
  live: "long-poll" | "sse" | undefined
  cursor: string | undefined
}

/** Reads the query of a read. @throws ChatError "duplicate_parameter", "invalid_offset", "missing_offset" */
export function readRequest(request: Request): ReadRequest {
  const text = singleParameter(request, "offset")
  const mode = singleParameter(request, "live")
  const cursor = singleParameter(request, "cursor")
  const live = mode === "long-poll" || mode === "sse" ? mode : undefined
  if (text === undefined) {
    if (live) throw new ChatError("missing_offset")
    return { offset: { kind: "start" }, live, cursor }
  }
  const offset = parseOffset(text)
  if (!offset) throw new ChatError("invalid_offset")
  return { offset, live, cursor }
}
