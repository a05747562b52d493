import type { ChatError, ErrorDetail } from "#lib/errors.ts"

interface ErrorBody {
  error: {
    code: string
    message: string
    requestId: string
    retryable: boolean
    details?: ErrorDetail[]
    streamId?: string
  }
}

/** Turns an error into the response that `docs/protocol.md` describes. */
export function errorResponse(error: ChatError, requestId: string): Response {
  const { code, message, kind, details, streamId } = error
  const body: ErrorBody = { error: { code, message, requestId, retryable: kind.retryable ?? false } }
  if (details) body.error.details = details
  if (streamId) body.error.streamId = streamId
  return Response.json(body, { status: kind.status, headers: refusalHeaders(error) })
}

export function refusalHeaders({ kind, headers: given, retryAfterSeconds = 2 }: ChatError): Headers {
  const headers = new Headers(given)
  headers.set("cache-control", "no-store")
  if (kind.status === 429 || kind.status === 503) headers.set("retry-after", String(retryAfterSeconds))
  return headers
}
