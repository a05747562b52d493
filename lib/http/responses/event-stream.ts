import type { UIMessageChunk } from "ai"
import { type EventId, endsStream } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { caughtUp, type RelayItem } from "#lib/relay/relay.ts"
import type { AttachedReader } from "./attach-reader.ts"

/** Well below the 30 s after which proxies cut a silent connection. */
const heartbeatMs = 10_000
/** A client takes 20 silent seconds for a dead connection: who has taken nothing for so long does not come round. */
const patienceMs = 60_000

const eventStreamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
}
const chunkStreamHeaders = { "x-vercel-ai-ui-message-stream": "v1" }

/** Gives what this reader is sent of a chunk: the chunk itself, others, or nothing. */
export type PickChunks = (chunk: UIMessageChunk) => UIMessageChunk[]

const everyChunk: PickChunks = (chunk) => [chunk]

interface EventStreamOptions {
  headers: Record<string, string>
  reader: AttachedReader
  /** default: every chunk as it is */
  pick?: PickChunks | undefined
}

/** @returns items as server-sent events with their ids, a heartbeat in silence, and `[DONE]` where the stream ended */
export function eventStreamResponse(
  items: ReadableStream<RelayItem>,
  { headers, reader, pick = everyChunk }: EventStreamOptions,
): Response {
  const lines = items.pipeThrough(
    new TransformStream<RelayItem, string>({
      transform(item, controller) {
        if (item === caughtUp) return controller.enqueue(": caught-up\n\n")
        const chunks = pick(item.chunk)
        // A reader that has the last of them has the event.
        for (const chunk of chunks) controller.enqueue(eventLines(chunk, chunk === chunks.at(-1) ? item.id : undefined))
      },
    }),
  )
  return linesResponse(lines, { ...chunkStreamHeaders, ...headers }, { reader, farewell })
}

/**
 * A stored message is no stream that could be continued: its chunks carry no ids.
 * @param chunksUntil is given the signal that nobody reads them any more
 */
export function storedResponse(
  chunksUntil: (gone: AbortSignal) => AsyncIterable<UIMessageChunk>,
  { headers, reader, pick = everyChunk }: EventStreamOptions,
): Response {
  const leaving = new AbortController()
  const iterator = chunksUntil(leaving.signal)[Symbol.asyncIterator]()
  const lines = new ReadableStream<string>({
    async pull(controller) {
      for (;;) {
        const next = await iterator.next()
        if (next.done) return controller.close()
        const lines = pick(next.value).map((chunk) => eventLines(chunk))
        if (lines.length > 0) return controller.enqueue(lines.join(""))
      }
    },
    async cancel() {
      leaving.abort()
      await iterator.return?.()
    },
  })
  return linesResponse(lines, { ...chunkStreamHeaders, "x-resume": "stored", ...headers }, { reader, farewell })
}

/** `[DONE]` follows only a chunk that ends the stream: a client can tell a whole answer from a broken connection. */
function eventLines(chunk: UIMessageChunk, id?: EventId): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`
  return `${idLine}data: ${JSON.stringify(chunk)}\n\n${endsStream(chunk) ? "data: [DONE]\n\n" : ""}`
}

/** No event of the stream, which goes on: it has no id, and no `[DONE]` follows. Its name is for programs. */
function farewell({ code, message }: ChatError): string {
  const chunk: UIMessageChunk = { type: "error", errorText: message }
  return `event: ${code}\ndata: ${JSON.stringify(chunk)}\n\n`
}

interface Attached {
  reader: AttachedReader
  /** the last lines for a reader that is sent away */
  farewell: (error: ChatError) => string
}

/** @returns the lines as they come, with a heartbeat in silence, until they or the reader's session end */
export function linesResponse(
  lines: ReadableStream<string>,
  headers: Record<string, string>,
  attached: Attached,
): Response {
  return new Response(attachedLines(lines, attached), { headers: { ...eventStreamHeaders, ...headers } })
}

/** Nothing is taken out for a reader before it asks: where it does not, it is known to be stuck. */
function attachedLines(
  lines: ReadableStream<string>,
  { reader, farewell }: Attached,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>
  const source = lines.getReader()
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  let isAsked = false
  let untakenMs = 0

  function leave(): void {
    isOver = true
    clearInterval(timer)
    reader.leave()
  }

  function beat(controller: Controller): void {
    if (isAsked && controller.desiredSize === 0) {
      untakenMs = 0
      controller.enqueue(encoder.encode(": heartbeat\n\n"))
    } else untakenMs += heartbeatMs
    if (untakenMs < patienceMs) return
    const problem = new Error("the reader did not take what was there for it")
    leave()
    controller.error(problem)
    void source.cancel(problem)
  }

  function sendAway(controller: Controller): void {
    if (isOver) return
    leave()
    controller.enqueue(encoder.encode(farewell(new ChatError("unauthenticated"))))
    controller.close()
    void source.cancel()
  }

  return new ReadableStream(
    {
      start(controller) {
        timer = setInterval(() => beat(controller), heartbeatMs)
        if (reader.sessionEnded.aborted) sendAway(controller)
        else reader.sessionEnded.addEventListener("abort", () => sendAway(controller))
      },
      async pull(controller) {
        isAsked = true
        untakenMs = 0
        const line = await source.read().catch((error: unknown) => {
          leave()
          throw error
        })
        isAsked = false
        if (isOver) return
        if (!line.done) {
          timer?.refresh()
          return controller.enqueue(encoder.encode(line.value))
        }
        leave()
        controller.close()
      },
      async cancel(reason) {
        leave()
        await source.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
