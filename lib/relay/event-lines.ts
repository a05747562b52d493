import { z } from "zod"
import { parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"

/** Precedes a stream's first event: text without this line does not hold the stream from its start. */
export const firstLine = "rejoin-stream 1\n"

/** Encodes an event as one line of text. */
export function lineOf(event: StreamEvent): string {
  return `${JSON.stringify(event)}\n`
}

const eventSchema = z.object({
  id: z.string().refine((id) => parseEventId(id)),
  chunk: z.looseObject({ type: z.string() }),
})

/** Decodes lines of events. @throws if a line is not an event */
export function eventsOf(text: string): StreamEvent[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && line !== firstLine.trimEnd())
    .map((line) => {
      const event = eventSchema.parse(JSON.parse(line))
      // Browsers check the chunk against their own version of its schema, so it is not parsed further here.
      return event as unknown as StreamEvent
    })
}
