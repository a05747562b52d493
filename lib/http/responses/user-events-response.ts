import type { UserEvent } from "#lib/chat-protocol.ts"
import type { ChatError } from "#lib/errors.ts"
import type { AttachedReader } from "./attach-reader.ts"
import { linesResponse } from "./event-stream.ts"

/** Sends events under their names: `event: turn-started`, `data: {"chatId":…}`. */
export function userEventsResponse(events: ReadableStream<UserEvent>, reader: AttachedReader): Response {
  const lines = events.pipeThrough(
    new TransformStream<UserEvent, string>({
      transform: ({ type, ...data }, controller) => controller.enqueue(eventLines(type, data)),
    }),
  )
  return linesResponse(lines, {}, { reader, rejectionLines })
}

/** Names the event by its code, because an EventSource uses `error` for failures of its connection. */
function rejectionLines({ code, message }: ChatError): string {
  return eventLines(code, { message })
}

function eventLines(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
