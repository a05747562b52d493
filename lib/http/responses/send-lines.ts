import { once } from "node:events"
import type { ServerResponse } from "node:http"
import { ChatError } from "#lib/errors.ts"
import { heartbeatLines, heartbeatMs, patienceMs, type TakenLines } from "./attached-response.ts"

/**
 * Sends a response's lines on its connection, as its body would give them: heartbeats in silence, until they or the
 * reader's session end, or the reader has taken nothing for a minute. Reads no more than the connection takes. Never
 * rejects.
 */
export async function sendLines(
  { source, nextLines, reader, rejectionLines }: TakenLines,
  response: ServerResponse,
): Promise<void> {
  let isOver = false
  let unreadMs = 0

  function leave(reason?: unknown): void {
    if (isOver) return
    isOver = true
    clearInterval(timer)
    reader.sessionEnded.removeEventListener("abort", disconnect)
    reader.leave()
    // A source may have failed before it is left.
    source.cancel(reason).catch(() => undefined)
  }

  function giveUp(problem: Error): void {
    leave(problem)
    response.destroy(problem)
  }

  function disconnect(): void {
    if (isOver) return
    leave()
    response.end(rejectionLines(new ChatError("unauthenticated")))
  }

  function sendHeartbeat(): void {
    if (!response.writableNeedDrain) response.write(heartbeatLines)
    else unreadMs += heartbeatMs
    if (unreadMs >= patienceMs) giveUp(new Error("the reader left available data unread"))
  }

  const timer = setInterval(sendHeartbeat, heartbeatMs)
  response.once("close", leave)
  if (response.destroyed) leave()
  else if (reader.sessionEnded.aborted) disconnect()
  else reader.sessionEnded.addEventListener("abort", disconnect)
  try {
    while (!isOver) {
      const lines = await nextLines()
      if (isOver) return
      if (lines === undefined) break
      timer.refresh()
      if (!response.write(lines)) await untilDrained(response)
      unreadMs = 0
    }
    if (isOver) return
    leave()
    response.end()
  } catch (error) {
    giveUp(error instanceof Error ? error : new Error("the stream failed", { cause: error }))
  }
}

/** @returns also once the connection is closed */
async function untilDrained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return
  const ended = new AbortController()
  await Promise.race([once(response, "drain", ended), once(response, "close", ended)]).catch(() => undefined)
  ended.abort()
}
