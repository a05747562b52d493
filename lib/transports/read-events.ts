import type { UIMessageChunk } from "ai"
import { createParser, type EventSourceMessage } from "eventsource-parser"
import { type EventId, parseEventId } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { withDeadline } from "./with-deadline.ts"

export interface ReceivedEvent {
  /** undefined in the stream of a stored message, which has no positions */
  id: EventId | undefined
  chunk: UIMessageChunk
}

export interface ReadOptions {
  /** a connection that is silent for this long is dead; must be longer than the server's heartbeat interval */
  silenceMs: number
  /** how long to wait for the first byte (default `silenceMs`) */
  firstSilenceMs?: number
  /** closes the connection; the generator throws its reason */
  letGo: AbortSignal
  /** called whenever something arrives: an event, a comment or a heartbeat */
  onHeard?: () => void
}

/**
 * Reads the events of a response until its body ends. Ignores what a newer server may send and this page does not know.
 * @throws StreamSilent, the reason of `letGo`, or a TypeError where the connection breaks
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { silenceMs, firstSilenceMs = silenceMs, letGo, onHeard }: ReadOptions,
): AsyncGenerator<ReceivedEvent> {
  const received: ReceivedEvent[] = []
  const parser = createParser({
    onEvent(event) {
      const readable = readableEvent(event)
      if (readable) received.push(readable)
    },
  })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (let limitMs = firstSilenceMs; ; limitMs = silenceMs) {
      const { done, value } = await withDeadline(reader.read(), limitMs, letGo)
      if (done) return
      onHeard?.()
      parser.feed(decoder.decode(value, { stream: true }))
      yield* received.splice(0)
    }
  } finally {
    // The connection may be broken already; that error was thrown above.
    void reader.cancel().catch(() => undefined)
  }
}

/** @returns undefined for unknown events, and for `[DONE]`, which adds nothing to the last event */
function readableEvent({ event, id, data }: EventSourceMessage): ReceivedEvent | undefined {
  if (event !== undefined && event !== "message") return undefined
  const chunk = chunkIn(data)
  if (!chunk) return undefined
  return { id: id !== undefined && parseEventId(id) ? (id as EventId) : undefined, chunk }
}

function chunkIn(data: string): UIMessageChunk | undefined {
  const value = parsedJson(data)
  const isChunk = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
  return isChunk ? (value as UIMessageChunk) : undefined // from our own server; the AI SDK ignores types it does not know
}
