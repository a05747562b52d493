import type { UserEvent } from "#lib/chat-protocol.ts"
import type { ChatError } from "#lib/errors.ts"
import type { AttachedReader } from "./attach-reader.ts"
import { linesResponse } from "./event-stream.ts"

/** @returns events by their names: `event: turn-started`, `data: {"chatId":…}` */
export function userEventsResponse(events: ReadableStream<UserEvent>, reader: AttachedReader): Response {
  const lines = events.pipeThrough(
    new TransformStream<UserEvent, string>({
      transform: ({ type, ...data }, controller) => controller.enqueue(eventLines(type, data)),
    }),
  )
  return linesResponse(lines, {}, { reader, farewell })
}

/** The name is not `error`, which an EventSource gives to its own connection's failures. */
function farewell({ code, message }: ChatError): string {
  return eventLines(code, { message })
}

function eventLines(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
