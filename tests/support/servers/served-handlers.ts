/** A real HTTP server around the route handlers, for clients in other processes. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { onTestFinished } from "vitest"
import { dispatch } from "../clients/service.ts"

export interface ServedHandlers {
  url: string
  /** method and address of every request that has an answer or the beginning of one */
  answered: string[]
  /** Resolves once the connection has been cut. */
  cut: Promise<void>
  /** Resolves once the first answer after the cut has begun. */
  returned: Promise<void>
}

/**
 * Serves the handlers of the service that the test has built.
 * @param cutAt the first event with this text is sent half, and its connection then closed; once
 */
export async function serveHandlers(cutAt: string): Promise<ServedHandlers> {
  const answered: string[] = []
  const cut = Promise.withResolvers<void>()
  const returned = Promise.withResolvers<void>()
  let isCut = false

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", headers } = incoming
    const url = new URL(incoming.url ?? "/", `http://${headers.host}`)
    const body = method === "GET" ? null : await text(incoming)
    const response = await dispatch(url, new Request(url, { method, headers: headersOf(incoming), body }))
    answered.push(`${method} ${url.pathname}${url.search}`)
    if (isCut) returned.resolve()
    outgoing.writeHead(response.status, [...response.headers].flat())
    for await (const bytes of response.body ?? []) {
      const piece = Buffer.from(bytes)
      if (!isCut && piece.includes(cutAt)) {
        isCut = true
        outgoing.write(piece.subarray(0, piece.indexOf(cutAt)), () => outgoing.destroy())
        return cut.resolve()
      }
      outgoing.write(piece)
    }
    outgoing.end()
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy()) // its client reports the broken connection
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { url: `http://127.0.0.1:${port}`, answered, cut: cut.promise, returned: returned.promise }
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "")
  return headers
}
