import { formatWithOptions, stripVTControlCharacters } from "node:util"
import { type DestinationStream, pino } from "pino"
import { loggedText } from "./redacted.ts"

const levels = { error: "error", warn: "warn", info: "info", log: "info", debug: "debug" } as const

/**
 * Sends everything printed to the console to the log, including Next's lines and Node's warnings, so that each line of
 * output is JSON with a level and without secrets. Kept apart from `logger.ts`, whose import of the database's errors
 * would slow a start.
 * @param destination default: the process's standard output
 * @returns restores the console
 */
export function consoleToLog(level: string, destination?: DestinationStream): () => void {
  const logger = destination ? pino({ level }, destination) : pino({ level })
  const original = { ...console }
  const printers = process.listeners("warning")
  for (const [method, logLevel] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...values: unknown[]) => {
      const text = stripVTControlCharacters(
        formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, ...values),
      ).trim()
      if (text !== "") logger[logLevel](loggedText(text))
    }
  }
  const onWarning = (warning: Error) => console.warn(warning)
  process.removeAllListeners("warning")
  process.on("warning", onWarning)
  return () => {
    Object.assign(console, original)
    process.off("warning", onWarning)
    for (const print of printers) process.on("warning", print)
  }
}
