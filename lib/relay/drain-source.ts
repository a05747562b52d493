import { type EventId, endsStream, eventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { partsOf, placeAfter } from "./event-order.ts"

/**
 * A stream that accepts items at once, whether or not anyone reads. Drops items after its end or once its reader has
 * left.
 */
export interface Outlet<T> {
  readonly stream: ReadableStream<T>
  push(item: T): void
  end(): void
}

export function outlet<T>(): Outlet<T> {
  let controller: ReadableStreamDefaultController<T> | undefined
  const stream = new ReadableStream<T>({
    start(given) {
      controller = given
    },
    cancel() {
      controller = undefined
    },
  })
  return {
    stream,
    push: (item) => controller?.enqueue(item),
    end() {
      controller?.close()
      controller = undefined
    },
  }
}

/**
 * Reads a source to its end, however slow its readers: each event once, in rising order, none after the one that ends
 * the stream. A source that throws, or cannot be made, ends with an `error` event.
 * @returns once the source has ended; never rejects
 */
export async function drainSource(
  makeStream: () => ReadableStream<StreamEvent>,
  reader: Pick<Outlet<StreamEvent>, "push" | "end">,
  onProblem: (error: unknown) => void,
): Promise<void> {
  let last: EventId | undefined

  function forward(event: StreamEvent): void {
    if (placeAfter(last, event.id) === "seen") return
    last = event.id
    reader.push(event)
    if (endsStream(event.chunk)) reader.end()
  }

  try {
    for await (const event of makeStream()) forward(event)
  } catch (error) {
    onProblem(error)
    forward({ id: idAfter(last), chunk: { type: "error", errorText: new ChatError("internal_error").message } })
  }
  reader.end()
}

function idAfter(last: EventId | undefined): EventId {
  if (last === undefined) return eventId(1, 1)
  const { epoch, seq } = partsOf(last)
  return eventId(epoch, seq + 1)
}
