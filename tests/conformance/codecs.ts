import type { UIMessageChunk } from "ai"
import type { StreamEvent } from "#lib/chat-protocol.ts"
import { type Codec, jsonCodec } from "#lib/durable/codec.ts"

/**
 * The suite's messages are any JSON, text or bytes; ours are chunks. So each is wrapped in a chunk, and unwrapped when
 * it is read. Other chunks, the first and the last of a stream, are no messages of the suite.
 */
export function messageChunk(data: unknown): UIMessageChunk {
  return { type: "data-message", data }
}

export function codecFor(contentType: string): Codec {
  const mediaType = contentType.split(";")[0]?.trim().toLowerCase() ?? ""
  if (mediaType === "application/json")
    return {
      contentType,
      body: (events) => jsonCodec.body(unwrapped(events)),
      sseData: (events) => jsonCodec.sseData(unwrapped(events)),
    }
  if (mediaType.startsWith("text/"))
    return {
      contentType,
      body: bytesOf,
      sseData: (events) => bytesOf(events).toString().split(lineEnd).join("\ndata:"),
    }
  return {
    contentType,
    body: bytesOf,
    sseData: (events) => bytesOf(events).toString("base64"),
    sseHeaders: { "stream-sse-data-encoding": "base64" },
  }
}

const lineEnd = /\r\n|\r|\n/

function messagesOf(events: readonly StreamEvent[]): unknown[] {
  return events.flatMap(({ chunk }) => (chunk.type === "data-message" ? [chunk.data] : []))
}

/** Puts each message where the production codec looks for a chunk. */
function unwrapped(events: readonly StreamEvent[]): StreamEvent[] {
  return messagesOf(events).map((data) => ({ id: "1-1", chunk: data as UIMessageChunk })) // any JSON is written alike
}

function bytesOf(events: readonly StreamEvent[]): Buffer<ArrayBuffer> {
  return Buffer.concat(messagesOf(events).map((data) => Buffer.from(String(data), "base64")))
}
