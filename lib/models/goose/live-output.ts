/** Collects what a running command prints, for a reader who watches. */
import { z } from "zod"
import { liveOutputChars } from "#lib/chat-protocol.ts"
import { endOf } from "#lib/text.ts"
import type { ToolUpdate } from "./shapes.ts"

const printedSchema = z.object({ stdout: z.string(), stderr: z.string() })
/** Both streams of a command, each cut to its end. */
export type Printed = z.output<typeof printedSchema>

export interface LiveOutput {
  /** Adds what an update brings. A repeated update adds nothing. */
  add(update: ToolUpdate): void
  /** when the next picture of it may be sent, by the clock; undefined if there is nothing new, or too much was sent */
  dueAtMs(): number | undefined
  /** Takes the picture of it so far. */
  take(nowMs: number): Printed
}

/** Nobody reads faster. */
const minIntervalMs = 250
/** Each picture goes into the log whole, so a command that prints for long is shown ever more rarely, up to this. */
const maxIntervalMs = 5_000
const sentCharsPerMs = 40
/** After this many characters, only the result is shown. */
const maxSentChars = 2_000_000

/** @param before the preliminary result that an earlier process has shown */
export function liveOutput(before: unknown): LiveOutput {
  const printed: Printed = printedSchema.safeParse(before).data ?? { stdout: "", stderr: "" }
  let lastSequence = 0
  let isNew = false
  let sentAtMs = Number.NEGATIVE_INFINITY
  let sentChars = 0

  return {
    add({ _meta }) {
      const output = _meta?.toolNotification?.type === "live_output" ? _meta.toolNotification.params : undefined
      if (!output || (output.sequence !== undefined && output.sequence <= lastSequence)) return
      lastSequence = output.sequence ?? lastSequence
      for (const chunk of output.chunks) {
        if (chunk?.stream !== "stdout" && chunk?.stream !== "stderr") continue
        printed[chunk.stream] = endOf(printed[chunk.stream] + chunk.output, liveOutputChars)
        isNew = true
      }
    },
    dueAtMs() {
      if (!isNew || sentChars >= maxSentChars) return undefined
      return sentAtMs + Math.min(maxIntervalMs, Math.max(minIntervalMs, sentChars / sentCharsPerMs))
    },
    take(nowMs) {
      isNew = false
      sentAtMs = nowMs
      sentChars += printed.stdout.length + printed.stderr.length
      return { ...printed }
    },
  }
}
