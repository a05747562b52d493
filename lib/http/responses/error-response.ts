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

export function refusalHeaders(error: ChatError): Headers {
  const headers = new Headers(error.headers)
  headers.set("cache-control", "no-store")
  const seconds = retryAfterSecondsOf(error)
  if (seconds !== undefined) headers.set("retry-after", String(seconds))
  return headers
}

/** @returns undefined for errors that do not pass by themselves */
export function retryAfterSecondsOf({ kind, retryAfterSeconds = 2 }: ChatError): number | undefined {
  return kind.status === 429 || kind.status === 503 ? retryAfterSeconds : undefined
}
