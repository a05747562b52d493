import { formatWithOptions, stripVTControlCharacters } from "node:util"
import { type DestinationStream, pino } from "pino"
import { loggedText } from "./redacted.ts"

const levels = { error: "error", warn: "warn", info: "info", log: "info", debug: "debug" } as const

/**
 * Writes to the log what libraries print by themselves, Next's lines and Node's own warnings among them, so that every line
 * of a server's output is one of the log: JSON, with a level, and without secrets.
 * It stands apart from `logger.ts`, which knows the database's errors: a server that starts has not loaded those.
 * @param destination default: the process's standard output
 * @returns gives the console back
 */
export function consoleToLog(level: string, destination?: DestinationStream): () => void {
  const logger = destination ? pino({ level }, destination) : pino({ level })
  const before = { ...console }
  const printers = process.listeners("warning")
  for (const [method, as] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...said: unknown[]) => {
      const text = stripVTControlCharacters(
        formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, ...said),
      ).trim()
      if (text !== "") logger[as](loggedText(text))
    }
  }
  const onWarning = (warning: Error) => console.warn(warning)
  process.removeAllListeners("warning")
  process.on("warning", onWarning)
  return () => {
    Object.assign(console, before)
    process.off("warning", onWarning)
    for (const print of printers) process.on("warning", print)
  }
}
