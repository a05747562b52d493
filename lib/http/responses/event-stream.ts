import type { UIMessageChunk } from "ai"
import { type EventId, endsStream } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { caughtUp } from "#lib/relay/relay.ts"
import type { FollowedItem } from "#lib/turns/followed-items.ts"
import type { AttachedReader } from "./attach-reader.ts"
import { onceATurn } from "./once-a-turn.ts"

/** Well below the 30 s after which proxies cut a silent connection. */
const heartbeatMs = 10_000
/**
 * Clients give up a connection after 20 silent seconds, so a reader that has taken nothing for this long will not
 * return.
 */
const patienceMs = 60_000

const eventStreamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
}
const chunkStreamHeaders = { "x-vercel-ai-ui-message-stream": "v1" }

/** Chooses what this reader receives for a chunk: the chunk itself, others, or nothing. */
export type PickChunks = (chunk: UIMessageChunk) => UIMessageChunk[]

/**
 * Returns what a reader receives of an event. Only the last chunk carries the id: a reader that has it has the whole event.
 * @param pick default: every chunk as it is
 */
export function eventsFor(
  { id, chunk: whole }: Exclude<FollowedItem, typeof caughtUp>,
  pick: PickChunks = (chunk) => [chunk],
): { chunk: UIMessageChunk; id: EventId | undefined }[] {
  const chunks = pick(whole)
  return chunks.map((chunk, index) => ({ chunk, id: index === chunks.length - 1 ? id : undefined }))
}

interface EventStreamOptions {
  headers: Record<string, string>
  reader: AttachedReader
  /** default: every chunk as it is */
  pick?: PickChunks | undefined
}

/**
 * Sends items as server-sent events with their ids, heartbeats in silence, and `[DONE]` after the event that ends the
 * stream.
 */
export function eventStreamResponse(
  items: ReadableStream<FollowedItem>,
  { headers, reader, pick }: EventStreamOptions,
): Response {
  const format = (item: FollowedItem) => {
    if (item === caughtUp) return ": caught-up\n\n"
    return pick ? pickedLines(item, pick) : sharedLines(item)
  }
  return attachedResponse({ items, format }, { ...chunkStreamHeaders, ...headers }, { reader, rejectionLines })
}

/** Readers of one stream share the text of its events. The bytes are each reader's own: who sends them may transfer them. */
const sharedLines = onceATurn(({ chunk, id }: Exclude<FollowedItem, typeof caughtUp>) => eventLines(chunk, id))

function pickedLines(item: Exclude<FollowedItem, typeof caughtUp>, pick: PickChunks): string {
  return eventsFor(item, pick)
    .map(({ chunk, id }) => eventLines(chunk, id))
    .join("")
}

/**
 * Formats a chunk. `[DONE]` follows only one that ends the stream, so that a client can tell a whole answer from a
 * broken connection.
 */
function eventLines(chunk: UIMessageChunk, id?: EventId): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`
  return `${idLine}data: ${JSON.stringify(chunk)}\n\n${endsStream(chunk) ? "data: [DONE]\n\n" : ""}`
}

/**
 * Formats the last lines for a reader whose session has ended. The stream itself continues, so they carry no id and no
 * `[DONE]`. The event's name is for programs.
 */
function rejectionLines({ code, message }: ChatError): string {
  const chunk: UIMessageChunk = { type: "error", errorText: message }
  return `event: ${code}\ndata: ${JSON.stringify(chunk)}\n\n`
}

interface Attached {
  reader: AttachedReader
  /** formats the last lines for a reader that is disconnected */
  rejectionLines: (error: ChatError) => string
}

/** Sends lines as they arrive, with heartbeats in silence, until they or the reader's session end. */
export function linesResponse(
  lines: ReadableStream<string>,
  headers: Record<string, string>,
  attached: Attached,
): Response {
  return attachedResponse({ items: lines, format: (line) => line }, headers, attached)
}

interface Source<Item> {
  items: ReadableStream<Item>
  /** returns a reader's lines for an item; none: "" */
  format(item: Item): string
}

function attachedResponse<Item>(source: Source<Item>, headers: Record<string, string>, attached: Attached): Response {
  return new Response(attachedLines(source, attached), { headers: { ...eventStreamHeaders, ...headers } })
}

/** Reads no item before the reader asks for one, so that a stuck reader can be detected. */
function attachedLines<Item>(
  { items, format }: Source<Item>,
  { reader, rejectionLines }: Attached,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>
  const source = items.getReader()
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
      controller.enqueue(encoder.encode(": heartbeat\n\n"))
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

  /** A stream does not repeat a pull that enqueued nothing. @returns undefined at the end */
  async function nextLines(): Promise<string | undefined> {
    for (;;) {
      const item = await source.read()
      const lines = item.done ? undefined : format(item.value)
      if (lines !== "") return lines
    }
  }

  return new ReadableStream(
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
}
