/** Our read side as the suite's server: what production serves, without a session, beside a writer for tests. */
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { browserHeaders, preflightResponse } from "#lib/durable/browser-headers.ts"
import type { EventLog } from "#lib/durable/event-log.ts"
import { headStream, readStream } from "#lib/durable/read-stream.ts"
import { type Reading, sseMs } from "#lib/durable/reading.ts"
import { ChatError } from "#lib/errors.ts"
import { errorResponse } from "#lib/http/responses/error-response.ts"
import { logRelay } from "#lib/relay/log-relay.ts"
import type { Relay } from "#lib/relay/relay.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { codecFor } from "./codecs.ts"
import { openingId, testWriter, type WrittenStream } from "./writer.ts"

export interface TestServer {
  readonly url: string
  close(): Promise<void>
}

/** Shorter than the suite waits for one. */
const longPollMs = 2_000

/** @param writing the store as the writer has it @param reading the same store as another process has it */
export async function startTestServer(writing: Store, reading: Store): Promise<TestServer> {
  const writer = testWriter(writing)
  const relay = logRelay({ store: reading })

  async function respond(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname
    if (request.method === "OPTIONS") return preflightResponse()
    if (request.method !== "GET" && request.method !== "HEAD") return writer.write(path, request)
    const stream = writer.find(path)
    if (!stream) throw new ChatError("stream_not_found")
    const read = readingOf(relay, stream)
    return request.method === "GET" ? readStream(request, read) : headStream(read)
  }

  async function serve(request: Request): Promise<Response> {
    const response = await respond(request).catch((error: unknown) => {
      if (error instanceof ChatError) return errorResponse(error, randomUUID())
      throw error
    })
    for (const [name, value] of browserHeaders(request, [])) response.headers.set(name, value)
    return response
  }

  const server = createServer((incoming, outgoing) => {
    serve(requestOf(incoming, outgoing))
      .then((response) => send(response, outgoing))
      .catch((error: unknown) => {
        console.error(error)
        outgoing.destroy()
      })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await relay.close()
    },
  }
}

function readingOf(relay: Relay, { streamId, contentType }: WrittenStream): Reading {
  const log: EventLog = {
    read: async () => ((await relay.readEvents(streamId)) ?? []).filter(({ id }) => id !== openingId),
    follow: async (last) => (await relay.resumeExistingStream(streamId, last ?? openingId, { isMerged: false }))?.items,
  }
  return {
    streamId,
    log,
    codec: codecFor(contentType),
    attach: () => ({ sessionEnded: new AbortController().signal, leave: () => undefined }),
    now: Date.now,
    longPollMs,
    sseMs,
  }
}

function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const gone = new AbortController()
  outgoing.once("close", () => gone.abort())
  const { method = "GET", headers } = incoming
  return new Request(`http://${headers.host}${incoming.url}`, {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    body: method === "GET" || method === "HEAD" ? null : Readable.toWeb(incoming),
    duplex: "half",
    signal: gone.signal,
  } as RequestInit) // Node's own streams are what its fetch takes, whatever the DOM's types say
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat())
  outgoing.flushHeaders()
  if (!response.body) return void outgoing.end()
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]) // as above
  // A reader that leaves is no failure.
  await pipeline(body, outgoing).catch(() => undefined)
}
