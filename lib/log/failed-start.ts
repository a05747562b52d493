import { inspect } from "node:util"
import { loggedText } from "./redacted.ts"

/**
 * Ends a process that could not start, and prints the reason to standard error, whatever the log's level is.
 * @param isForeseen the error was written for people: its message is complete without a stack
 */
export function endFailedStart(error: unknown, { isForeseen }: { isForeseen: boolean }): never {
  const reason = isForeseen && error instanceof Error ? error.message : inspect(error)
  process.stderr.write(`${loggedText(reason)}\n`)
  process.exit(1)
}
