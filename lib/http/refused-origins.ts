import type { Logger } from "pino"
import type { ChatError } from "#lib/errors.ts"

/** Origins are whatever a client says: it must not fill the log with new ones. */
const mostLines = 20

/** @returns logs each pair of origin and host that was refused once: the same cause refuses every request of a deployment */
export function originRefusals(): (error: ChatError, logger: Pick<Logger, "warn">) => void {
  const told = new Set<string>()
  return ({ code, message, details = [] }, logger) => {
    if (code !== "origin_not_allowed" || told.has(message) || told.size >= mostLines) return
    told.add(message)
    logger.warn(
      { code, ...Object.fromEntries(details.map(({ path, problem }) => [path.toLowerCase(), problem])) },
      message,
    )
  }
}
