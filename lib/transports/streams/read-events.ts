import { withDeadline } from "../with-deadline.ts"
import type { ReceivedEvent } from "./received-stream.ts"

export interface ReadOptions {
  /** a connection that is silent for this long is dead; must be longer than the server's heartbeat interval */
  silenceMs: number
  /** how long to wait for the first arrival (default `silenceMs`) */
  firstSilenceMs?: number
  /** closes the connection; the generator throws its reason */
  letGo: AbortSignal
  /** called whenever something arrives: an event, a comment or a heartbeat */
  onHeard?: () => void
}

/**
 * Reads a stream's events until it ends.
 * @throws StreamSilent, the reason of `letGo`, or a TypeError if the connection breaks
 */
export async function* readEvents(
  arrivals: ReadableStream<ReceivedEvent[]>,
  { silenceMs, firstSilenceMs = silenceMs, letGo, onHeard }: ReadOptions,
): AsyncGenerator<ReceivedEvent> {
  const reader = arrivals.getReader()
  try {
    for (let limitMs = firstSilenceMs; ; limitMs = silenceMs) {
      const { done, value } = await withDeadline(reader.read(), limitMs, letGo)
      if (done) return
      onHeard?.()
      yield* value
    }
  } finally {
    // The connection may be broken already; that error was thrown above.
    void reader.cancel().catch(() => undefined)
  }
}
