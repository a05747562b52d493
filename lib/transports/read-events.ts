import type { UIMessageChunk } from "ai"
import { EventSourceParserStream } from "eventsource-parser/stream"
import { type EventId, parseEventId } from "#lib/chat-protocol.ts"

/** A server sends at least a heartbeat in this time; a connection that is silent for longer is dead. */
const silenceMs = 25_000

export interface ReceivedEvent {
  /** undefined in a stored message's stream, which has no positions */
  id: EventId | undefined
  chunk: UIMessageChunk
}

/**
 * @yields each event of a response, until its body ends
 * @throws where the connection breaks or falls silent
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ReceivedEvent> {
  const events = failingInSilence(body).pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
  for await (const event of iterate(events)) {
    if (event.data === "[DONE]") continue
    const id = event.id !== undefined && parseEventId(event.id) ? (event.id as EventId) : undefined
    yield { id, chunk: JSON.parse(event.data) as UIMessageChunk } // our own server's, on our own origin
  }
}

function failingInSilence(body: ReadableStream<Uint8Array>): ReadableStream<BufferSource> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const watch = (controller: TransformStreamDefaultController<BufferSource>) => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.error(new TypeError("network: the connection fell silent")), silenceMs)
  }
  return body.pipeThrough(
    new TransformStream<Uint8Array, BufferSource>({
      start: watch,
      transform(bytes, controller) {
        watch(controller)
        controller.enqueue(bytes as BufferSource)
      },
      flush: () => clearTimeout(timer),
    }),
  )
}

/** Safari has no async iteration of streams yet. */
async function* iterate<Item>(stream: ReadableStream<Item>): AsyncGenerator<Item> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => undefined) // it is broken already; what broke it was thrown above
  }
}
