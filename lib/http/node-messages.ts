/** Converts between Node's messages and the web's, where no framework does it. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"

export function headersOf(headers: IncomingHttpHeaders): Headers {
  const lines = Object.entries(headers).flatMap(([name, value = []]) => [value].flat().map((line) => [name, line]))
  return new Headers(lines as [string, string][]) // pairs, as they were just made
}

/** Its address is known only below the host. */
export function requestOf(message: IncomingMessage): Request {
  const { method = "GET", url = "", headers } = message
  const hasBody = method !== "GET" && method !== "HEAD"
  return new Request(new URL(url, "http://localhost"), {
    method,
    headers: headersOf(headers),
    ...(hasBody && { body: bodyOf(message), duplex: "half" }),
  })
}

/**
 * Reads nothing before it is asked, so that Node discards what nobody wants, and the connection can carry the next
 * request. Whoever cancels it can still answer.
 */
function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = message.iterator({ destroyOnReturn: false })
  return new ReadableStream(
    {
      async pull(controller) {
        const piece = await pieces.next()
        if (piece.done) controller.close()
        else controller.enqueue(piece.value)
      },
      cancel() {
        void pieces.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Writes the status and the headers: each cookie needs a line of its own. */
export function writeHead(response: ServerResponse, answer: Response, further: Record<string, string | number>): void {
  const { "set-cookie": _joined, ...headers } = Object.fromEntries(answer.headers)
  const cookies = answer.headers.getSetCookie()
  response.writeHead(answer.status, { ...headers, ...further, ...(cookies.length > 0 && { "set-cookie": cookies }) })
}

/** Sends a response whose body is short. */
export async function sendResponse(answer: Response, response: ServerResponse): Promise<void> {
  const body = await answer.text()
  writeHead(response, answer, answer.status === 204 ? {} : { "content-length": Buffer.byteLength(body) })
  response.end(response.req.method === "HEAD" ? undefined : body)
}
