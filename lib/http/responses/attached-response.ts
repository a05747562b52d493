/** Streams of lines for one reader: with heartbeats, until its session ends or it is stuck. */
import { ChatError } from "#lib/errors.ts"
import type { AttachedReader } from "./attach-reader.ts"

/** Well below the 30 s after which proxies cut a silent connection. */
export const heartbeatMs = 10_000
/**
 * Clients give up a connection after 20 silent seconds, so a reader that has taken nothing for this long will not
 * return.
 */
export const patienceMs = 60_000
export const heartbeatLines = ": heartbeat\n\n"

const eventStreamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
}

export interface Attached {
  reader: AttachedReader
  /** formats the last lines for a reader that is disconnected */
  rejectionLines: (error: ChatError) => string
}

/** The lines of a response for whoever sends them, and must release both the source and the reader. */
export interface TakenLines extends Attached {
  source: Pick<ReadableStreamDefaultReader<unknown>, "cancel">
  /** @returns undefined at the end. @throws if the source fails */
  nextLines(): Promise<string | undefined>
}

interface Source<Item> {
  items: ReadableStream<Item>
  /** returns a reader's lines for an item; none: "" */
  format(item: Item): string
}

/** Responses whose lines their sender may take from the body, as it writes them itself. */
const untaken = new WeakMap<Response, () => TakenLines>()

export function attachedResponse<Item>(
  { items, format }: Source<Item>,
  headers: Record<string, string>,
  attached: Attached,
): Response {
  const source = items.getReader()
  const lines = { ...attached, source, nextLines: () => nextLines(source, format) }
  const { body, abandon } = attachedBody(lines)
  const response = new Response(body, { headers: { ...eventStreamHeaders, ...headers } })
  untaken.set(response, () => {
    abandon()
    return lines
  })
  return response
}

/**
 * Takes a response's lines, instead of its body, which then says nothing and leaves everything to the caller.
 * @returns undefined if its body is no stream of lines
 */
export function takeLines(response: Response): TakenLines | undefined {
  return untaken.get(response)?.()
}

/** Formats the next items that give any lines. @returns undefined at the end */
async function nextLines<Item>(
  source: ReadableStreamDefaultReader<Item>,
  format: (item: Item) => string,
): Promise<string | undefined> {
  for (;;) {
    const item = await source.read()
    const lines = item.done ? undefined : format(item.value)
    if (lines !== "") return lines
  }
}

/** Reads no item before the reader asks for one, so that a stuck reader can be detected. */
function attachedBody({ source, nextLines, reader, rejectionLines }: TakenLines): {
  body: ReadableStream<Uint8Array<ArrayBuffer>>
  abandon: () => void
} {
  type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  let isReading = false
  let unreadMs = 0

  function leave(): void {
    isOver = true
    clearInterval(timer)
    reader.leave()
  }

  /** A source may have failed before it is left: it gives up unread data at the same time as this response does. */
  function release(reason?: unknown): Promise<void> {
    return source.cancel(reason).catch(() => undefined)
  }

  function sendHeartbeat(controller: Controller): void {
    if (isReading && controller.desiredSize === 0) {
      unreadMs = 0
      controller.enqueue(encoder.encode(heartbeatLines))
    } else unreadMs += heartbeatMs
    if (unreadMs < patienceMs) return
    const problem = new Error("the reader left available data unread")
    leave()
    controller.error(problem)
    void release(problem)
  }

  function disconnect(controller: Controller): void {
    if (isOver) return
    leave()
    controller.enqueue(encoder.encode(rejectionLines(new ChatError("unauthenticated"))))
    controller.close()
    void release()
  }

  function abandon(): void {
    isOver = true
    clearInterval(timer)
  }

  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        timer = setInterval(() => sendHeartbeat(controller), heartbeatMs)
        if (reader.sessionEnded.aborted) disconnect(controller)
        else reader.sessionEnded.addEventListener("abort", () => disconnect(controller))
      },
      async pull(controller) {
        isReading = true
        unreadMs = 0
        const lines = await nextLines().catch((error: unknown) => {
          leave()
          void release(error)
          throw error
        })
        isReading = false
        if (isOver) return
        if (lines) {
          timer?.refresh()
          return controller.enqueue(encoder.encode(lines))
        }
        leave()
        controller.close()
      },
      async cancel(reason) {
        leave()
        await release(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return { body, abandon }
}
