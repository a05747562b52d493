import { DrizzleQueryError } from "drizzle-orm"
import { type DestinationStream, type Logger, pino } from "pino"
import { redacted } from "./redacted.ts"

/** @param destination default: the process's standard output */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, serializers: { err: describeError } }
  return destination ? pino(options, destination) : pino(options)
}

interface DescribedError {
  type: string
  code?: unknown
  message?: string
  stack?: string
  cause?: DescribedError
}

/** How long a line of the log may get by one text: a provider may answer with a whole page. */
const maxChars = 4_000

/** Without what a person wrote: a failed query's own message quotes its values, a provider's may hold a key. */
function describeError(error: unknown): DescribedError {
  if (error instanceof DrizzleQueryError) return describeError(error.cause)
  if (!(error instanceof Error)) return { type: typeof error }
  return {
    type: error.name,
    code: "code" in error ? error.code : undefined,
    message: redacted(error.message.slice(0, maxChars)),
    stack: redacted((error.stack ?? "").slice(0, maxChars)),
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  }
}
