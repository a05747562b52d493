import type { UIMessageChunk } from "ai"
import { type EventId, endsStream } from "#lib/chat-protocol.ts"
import { caughtUp, type RelayItem } from "#lib/relay/relay.ts"

/** Well below the 30 s after which proxies cut a silent connection. */
const heartbeatMs = 10_000

const eventStreamHeaders = {
  "content-type": "text/event-stream",
  "x-vercel-ai-ui-message-stream": "v1",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
}

/** @returns items as server-sent events with their ids, a heartbeat in silence, and `[DONE]` where the stream ended */
export function eventStreamResponse(items: ReadableStream<RelayItem>, headers: Record<string, string>): Response {
  const lines = items.pipeThrough(
    new TransformStream<RelayItem, string>({
      transform: (item, controller) =>
        controller.enqueue(item === caughtUp ? ": caught-up\n\n" : eventLines(item.chunk, item.id)),
    }),
  )
  return respond(lines, headers)
}

/** A stored message is no stream that could be continued: its chunks carry no ids. */
export function storedResponse(chunks: AsyncIterable<UIMessageChunk>, headers: Record<string, string>): Response {
  const iterator = chunks[Symbol.asyncIterator]()
  const lines = new ReadableStream<string>({
    async pull(controller) {
      const next = await iterator.next()
      if (next.done) controller.close()
      else controller.enqueue(eventLines(next.value))
    },
    async cancel() {
      await iterator.return?.()
    },
  })
  return respond(lines, { "x-resume": "stored", ...headers })
}

/** `[DONE]` follows only a chunk that ends the stream: a client can tell a whole answer from a broken connection. */
function eventLines(chunk: UIMessageChunk, id?: EventId): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`
  return `${idLine}data: ${JSON.stringify(chunk)}\n\n${endsStream(chunk) ? "data: [DONE]\n\n" : ""}`
}

function respond(lines: ReadableStream<string>, headers: Record<string, string>): Response {
  const body = withHeartbeat(lines).pipeThrough(new TextEncoderStream())
  return new Response(body, { headers: { ...eventStreamHeaders, ...headers } })
}

function withHeartbeat(lines: ReadableStream<string>): ReadableStream<string> {
  const reader = lines.getReader()
  let timer: NodeJS.Timeout | undefined
  return new ReadableStream<string>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(": heartbeat\n\n"), heartbeatMs)
    },
    async pull(controller) {
      const line = await reader.read()
      if (!line.done) {
        timer?.refresh()
        return controller.enqueue(line.value)
      }
      clearInterval(timer)
      controller.close()
    },
    async cancel(reason) {
      clearInterval(timer)
      await reader.cancel(reason)
    },
  })
}
