import type { Logger } from "pino"
import { ChatError } from "#lib/errors.ts"

/** Turns whatever a request threw into an error that its client may see, and logs what is a fault of ours. */
export function knownError(error: unknown, requestId: string, logger: Logger): ChatError {
  const known = error instanceof ChatError ? error : new ChatError("internal_error", { cause: error })
  if (known.kind.status >= 500) logger.error({ requestId, code: known.code, err: known.cause }, "request failed")
  return known
}
