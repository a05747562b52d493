import type { Logger } from "pino"
import type { ChatError } from "#lib/errors.ts"

/** Clients choose the origin they send, so they must not be able to fill the log. */
const maxLines = 20

/** Returns a function that logs each refused pair of origin and host once: one wrong setting refuses every request. */
export function refusedOriginLog(): (error: ChatError, logger: Pick<Logger, "warn">) => void {
  const logged = new Set<string>()
  return ({ code, message, details = [] }, logger) => {
    if (code !== "origin_not_allowed" || logged.has(message) || logged.size >= maxLines) return
    logged.add(message)
    logger.warn(
      { code, ...Object.fromEntries(details.map(({ path, problem }) => [path.toLowerCase(), problem])) },
      message,
    )
  }
}
