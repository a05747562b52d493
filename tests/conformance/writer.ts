import { randomUUID } from "node:crypto"
import type { UIMessageChunk } from "ai"
import { type EventId, eventId } from "#lib/chat-protocol.ts"
import { offsetAfter } from "#lib/durable/offsets.ts"
import { encodeEntry } from "#lib/relay/log-entry.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { messageChunk } from "./codecs.ts"

/** The protocol's writing side, as far as the suite's cases about reading need it: streams in the log's store. */
export interface Writer {
  find(path: string): WrittenStream | undefined
  /** Answers a PUT, a POST or a DELETE. */
  write(path: string, request: Request): Promise<Response>
}

export interface WrittenStream {
  readonly streamId: string
  readonly contentType: string
}

interface Stream extends WrittenStream {
  last: EventId
  isClosed: boolean
  /** settles when the last append is in the log */
  appended: Promise<void>
}

/** A stream begins with an event that its readers do not get, because a log without events does not exist. */
const opening: UIMessageChunk = { type: "start" }
export const openingId = eventId(1, 1)
const closing: UIMessageChunk = { type: "finish" }

export function testWriter(store: Store): Writer {
  const streams = new Map<string, Stream>()

  async function put(path: string, request: Request): Promise<Response> {
    const contentType = request.headers.get("content-type") ?? "application/octet-stream"
    const known = streams.get(path)
    if (known) return answer(typeOf(known.contentType) === typeOf(contentType) ? 200 : 409, known)
    const chunks = await chunksOf(request, contentType)
    if (!chunks) return answer(400)
    const stream: Stream = {
      streamId: randomUUID(),
      contentType,
      last: openingId,
      isClosed: isClosing(request),
      appended: Promise.resolve(),
    }
    streams.set(path, stream)
    await append(stream, [opening])
    if (chunks.length > 0 || stream.isClosed) await append(stream, [...chunks, ...(stream.isClosed ? [closing] : [])])
    const { origin } = new URL(request.url)
    return answer(201, stream, { location: `${origin}${path}`, "content-type": contentType })
  }

  async function post(path: string, request: Request): Promise<Response> {
    const stream = streams.get(path)
    if (!stream) return answer(404)
    const contentType = request.headers.get("content-type")
    const chunks = await chunksOf(request, stream.contentType)
    if (stream.isClosed) return answer(chunks?.length === 0 && isClosing(request) ? 204 : 409, stream)
    if (chunks?.length === 0 && isClosing(request)) return close(stream, [])
    if (contentType === null) return answer(400)
    if (typeOf(contentType) !== typeOf(stream.contentType)) return answer(409, stream)
    if (!chunks || chunks.length === 0) return answer(400)
    // An answer's producer marks such an event in the log instead.
    if (store.fits?.(JSON.stringify(chunks)) === false) return answer(413, stream)
    if (isClosing(request)) return close(stream, chunks)
    await append(stream, chunks)
    return answer(204, stream)
  }

  async function close(stream: Stream, chunks: UIMessageChunk[]): Promise<Response> {
    stream.isClosed = true
    await append(stream, [...chunks, closing])
    return answer(204, stream)
  }

  /** Appends one after another, as the log of a stream with one producer is written. */
  function append(stream: Stream, chunks: UIMessageChunk[]): Promise<void> {
    stream.appended = stream.appended.then(async () => {
      const isFirst = chunks[0] === opening
      const seq = isFirst ? 0 : Number(stream.last.split("-")[1])
      const events = chunks.map((chunk, index) => ({ id: eventId(1, seq + index + 1), chunk }))
      const { id, value } = encodeEntry(isFirst ? undefined : stream.last, events)
      await store.append(logKey(stream), id, value, { mustExist: !isFirst })
      stream.last = id
      await store.publish(`rejoin:bell:${stream.streamId}`, value)
    })
    return stream.appended
  }

  return {
    find: (path) => streams.get(path),
    async write(path, request) {
      if (request.method === "PUT") return put(path, request)
      if (request.method === "POST") return post(path, request)
      const stream = streams.get(path)
      if (!stream) return answer(404)
      streams.delete(path)
      await store.delete(logKey(stream))
      return answer(204)
    },
  }
}

const logKey = ({ streamId }: WrittenStream) => `rejoin:{${streamId}}:log`

function answer(status: number, stream?: Stream, headers: Record<string, string> = {}): Response {
  const next = stream && { "stream-next-offset": offsetAfter(stream.last === openingId ? undefined : stream.last) }
  return new Response(null, {
    status,
    headers: { ...headers, ...next, ...(stream?.isClosed && { "stream-closed": "true" }) },
  })
}

function isClosing(request: Request): boolean {
  return request.headers.get("stream-closed") === "true"
}

function typeOf(contentType: string): string | undefined {
  return contentType.split(";")[0]?.trim().toLowerCase()
}

/** Reads a body as messages. @returns undefined where it is none: bad JSON, or an empty array that is appended */
async function chunksOf(request: Request, contentType: string): Promise<UIMessageChunk[] | undefined> {
  const bytes = Buffer.from(await request.arrayBuffer())
  if (bytes.length === 0) return []
  if (typeOf(contentType) !== "application/json") return [messageChunk(bytes.toString("base64"))]
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (!Array.isArray(value)) return [messageChunk(value)]
    return value.length === 0 && request.method === "POST" ? undefined : value.map(messageChunk)
  } catch {
    return undefined
  }
}
