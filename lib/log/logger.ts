import { DrizzleQueryError } from "drizzle-orm"
import { type DestinationStream, type Logger, pino } from "pino"
import { loggedText } from "./redacted.ts"

/** Creates the log. @param destination default: the process's standard output */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, serializers: { err: describeError }, hooks: { streamWrite: escapeTerminalCodes } }
  return destination ? pino(options, destination) : pino(options)
}

/**
 * Escapes characters that could control a reader's terminal. JSON already escapes codes that begin with ESC; this
 * covers DEL, the eight-bit codes (one of which is ESC [ in a single character), and characters that reverse a line's
 * direction.
 */
function escapeTerminalCodes(line: string): string {
  return line.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

interface DescribedError {
  type: string
  code?: unknown
  message?: string
  stack?: string
  cause?: DescribedError
}

/** Describes an error without users' texts: a failed query's message quotes its values, a provider's may hold a key. */
function describeError(error: unknown): DescribedError {
  if (error instanceof DrizzleQueryError) return describeError(error.cause)
  if (!(error instanceof Error)) return { type: typeof error }
  return {
    type: error.name,
    code: "code" in error ? error.code : undefined,
    message: loggedText(error.message),
    stack: loggedText(error.stack ?? ""),
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  }
}
