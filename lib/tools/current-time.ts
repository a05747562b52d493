import { tool, zodSchema } from "ai"
import { z } from "zod"

/** @param now default: the system's clock */
export function currentTimeTool(now: () => Date = () => new Date()) {
  return tool({
    description: "Tells the current date and time, in any time zone.",
    inputSchema: zodSchema(
      z.object({
        timeZone: z
          .string()
          .max(64)
          .refine(isTimeZone, "not a time zone; give an IANA name such as Europe/Berlin")
          .default("UTC")
          .describe("an IANA time zone such as Europe/Berlin; UTC where none is given"),
      }),
    ),
    execute: ({ timeZone }) => {
      const time = now()
      return { timeZone, iso: time.toISOString(), local: inWords(time, timeZone) }
    },
  })
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name })
    return true
  } catch (error) {
    // Intl reports an unknown time zone only by throwing.
    if (error instanceof RangeError) return false
    throw error
  }
}

function inWords(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long", timeZone }).format(time)
}
