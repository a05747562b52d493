import type { UIMessageChunk } from "ai"
import { createParser, type EventSourceMessage } from "eventsource-parser"
import { type EventId, parseEventId } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { withDeadline } from "./with-deadline.ts"

export interface ReceivedEvent {
  /** undefined in a stored message's stream, which has no positions */
  id: EventId | undefined
  chunk: UIMessageChunk
}

export interface ReadOptions {
  /** a connection on which nothing comes for so long is dead; must be more than a server's heartbeat */
  silenceMs: number
  /** the same for what comes first (default `silenceMs`) */
  firstSilenceMs?: number
  /** closes the connection; the reading throws its reason */
  letGo: AbortSignal
  /** something came: an event, a comment or a heartbeat */
  onHeard?: () => void
}

/**
 * What a server newer than this page says beyond what is understood here is passed over.
 * @yields each event of a response, until its body ends
 * @throws StreamSilent, what `letGo` was aborted with, or a TypeError where the connection breaks
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
    // It may be broken already; what broke it was thrown above.
    void reader.cancel().catch(() => undefined)
  }
}

/** @returns undefined for `[DONE]`, which says nothing the last event has not said, and for what we do not know */
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
