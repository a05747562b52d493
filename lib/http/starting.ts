/** What a server says before it can serve. */
import { randomUUID } from "node:crypto"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { ChatError } from "#lib/errors.ts"
import { errorResponse } from "./responses/error-response.ts"

/** A request that comes before the server can serve waits this long at most. The look at its health does not wait. */
export const startingHoldMs = 10_000
const retryAfterSeconds = 1
const healthPath = /^\/api\/health\/?(\?|$)/

export function startingHealth(): Response {
  const body = { status: "starting", database: "starting", redis: "starting" }
  const headers = { "cache-control": "no-store", "retry-after": String(retryAfterSeconds) }
  return Response.json(body, { status: 503, headers })
}

export function startingRefusal(): ChatError {
  // A browser that shows a page of it reloads it by itself.
  return new ChatError("starting", { retryAfterSeconds, headers: { refresh: String(retryAfterSeconds) } })
}

export interface StartGate {
  /** for a server that listens from the first moment */
  listener: RequestListener
  /** From now on, and for all who wait, this one answers. */
  open(serve: RequestListener): void
}

export function startGate(holdMs = startingHoldMs): StartGate {
  const waiting = new Set<() => void>()
  let opened: RequestListener | undefined

  function hold(request: IncomingMessage, response: ServerResponse): void {
    const goOn = () => {
      leave()
      if (opened) opened(request, response)
      else void send(errorResponse(startingRefusal(), randomUUID()), response)
    }
    const timer = setTimeout(goOn, holdMs)
    const leave = () => {
      clearTimeout(timer)
      waiting.delete(goOn)
    }
    waiting.add(goOn)
    response.once("close", leave)
  }

  return {
    listener(request, response) {
      if (opened) opened(request, response)
      else if (healthPath.test(request.url ?? "")) void send(startingHealth(), response)
      else hold(request, response)
    },
    open(serve) {
      opened = serve
      for (const goOn of [...waiting]) goOn()
    },
  }
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  const body = await answer.text()
  response.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    "content-length": Buffer.byteLength(body),
  })
  response.end(response.req.method === "HEAD" ? undefined : body)
}
