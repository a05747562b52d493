/** What goes wrong at a model's provider, as it looks on the wire. */
import type { ServerResponse } from "node:http"

/** Instead of an answer. */
export const refusals = [
  "rate-limited",
  "server-error",
  "overloaded",
  "unauthorized",
  "too-long",
  "html",
  "wrong-json",
  "reset",
  "never-answers",
] as const
/** After the first words of one. */
export const breaks = [
  "malformed-chunk",
  "wrong-shape",
  "error-chunk",
  "socket-destroyed",
  "stalled",
  "no-finish",
] as const

export type Fault = (typeof refusals)[number] | (typeof breaks)[number]

export interface FaultyAnswer {
  fault?: Fault | undefined
  /** of "rate-limited" and "overloaded" */
  retryAfterSeconds: number
  /** a place for a secret that must not reach anybody */
  errorText: string
}

/** @returns true if there will be no answer */
export function refuse(response: ServerResponse, answer: FaultyAnswer): boolean {
  const failure = { error: { message: answer.errorText, type: "test" } }
  const retryAfter = { "Retry-After": String(answer.retryAfterSeconds) }
  switch (answer.fault) {
    case "never-answers":
      return true
    case "reset":
      response.socket?.resetAndDestroy()
      return true
    case "rate-limited":
      return sendJson(response, 429, failure, retryAfter)
    case "overloaded":
      return sendJson(response, 503, failure, retryAfter)
    case "server-error":
      return sendJson(response, 500, failure)
    case "unauthorized":
      return sendJson(response, 401, failure)
    case "too-long":
      return sendJson(response, 400, failure)
    case "wrong-json":
      return sendJson(response, 200, { hello: answer.errorText })
    case "html":
      response.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><h1>${answer.errorText}</h1>`)
      return true
    default:
      return false
  }
}

/** @returns true if nothing follows */
export async function breakOff(response: ServerResponse, answer: FaultyAnswer): Promise<boolean> {
  switch (answer.fault) {
    case "stalled":
      return true
    case "socket-destroyed":
      await destroyAfterFlush(response)
      return true
    case "no-finish":
      response.end()
      return true
    case "malformed-chunk":
      response.write('data: {"choices": [\n\n')
      return false
    case "wrong-shape":
      response.write(`data: ${JSON.stringify({ hello: answer.errorText })}\n\n`)
      return false
    case "error-chunk":
      response.write(`data: ${JSON.stringify({ error: { message: answer.errorText } })}\n\n`)
      return false
    default:
      return false
  }
}

/** A write in flight would be lost with the socket, and the words before the fault with it. */
async function destroyAfterFlush(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => response.write(": flushed\n\n", () => resolve()))
  response.destroy()
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body))
  return true
}
