/** Answers requests while the server is still starting. */
import { randomUUID } from "node:crypto"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { ChatError } from "#lib/errors.ts"
import { sendResponse } from "./node-messages.ts"
import { errorResponse } from "./responses/error-response.ts"

/** Limits how long an early request waits for the server to start. Health checks do not wait. */
export const startingHoldMs = 10_000
const retryAfterSeconds = 1
const healthPath = /^\/api\/health\/?(\?|$)/

export function startingHealth(): Response {
  const body = { status: "starting", database: "starting", redis: "starting" }
  const headers = { "cache-control": "no-store", "retry-after": String(retryAfterSeconds) }
  return Response.json(body, { status: 503, headers })
}

export function startingRefusal(): ChatError {
  // Makes a browser that shows this error as a page reload it.
  return new ChatError("starting", { retryAfterSeconds, headers: { refresh: String(retryAfterSeconds) } })
}

export interface StartGate {
  /** handles requests from the moment the server listens */
  listener: RequestListener
  /** Hands waiting and later requests to this listener. */
  open(serve: RequestListener): void
}

export function startGate(holdMs = startingHoldMs): StartGate {
  const waiting = new Set<() => void>()
  let opened: RequestListener | undefined

  function hold(request: IncomingMessage, response: ServerResponse): void {
    const proceed = () => {
      leave()
      if (opened) opened(request, response)
      else void sendResponse(errorResponse(startingRefusal(), randomUUID()), response)
    }
    const timer = setTimeout(proceed, holdMs)
    const leave = () => {
      clearTimeout(timer)
      waiting.delete(proceed)
    }
    waiting.add(proceed)
    response.once("close", leave)
  }

  return {
    listener(request, response) {
      if (opened) opened(request, response)
      else if (healthPath.test(request.url ?? "")) void sendResponse(startingHealth(), response)
      else hold(request, response)
    },
    open(serve) {
      opened = serve
      for (const proceed of [...waiting]) proceed()
    },
  }
}
