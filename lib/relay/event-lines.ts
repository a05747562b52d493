import { z } from "zod"
import { parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"

/** Stands before a stream's first event: text that begins without it is not the stream from its start. */
export const firstLine = "rejoin-stream 1\n"

/** @returns the event as one line of text */
export function lineOf(event: StreamEvent): string {
  return `${JSON.stringify(event)}\n`
}

const eventSchema = z.object({
  id: z.string().refine((id) => parseEventId(id)),
  chunk: z.looseObject({ type: z.string() }),
})

/** @throws where a line is no event */
export function eventsOf(text: string): StreamEvent[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && line !== firstLine.trimEnd())
    .map((line) => {
      const event = eventSchema.parse(JSON.parse(line))
      // The chunk is passed on to browsers, which check it against their own version of the schema.
      return event as unknown as StreamEvent
    })
}
