import type { ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import type { WirePiece } from "./dialect.ts"

interface Speaking {
  /** before each piece */
  nextWord(): Promise<void>
  forEver(): Promise<void>
}

/** Writes an answer's bytes as they stand, each piece by itself, and ends as they say. */
export async function speak(
  response: ServerResponse,
  wire: WirePiece[],
  { nextWord, forEver }: Speaking,
): Promise<void> {
  for (const piece of wire) {
    if (piece === "stay-open") return forEver()
    if (piece === "reset") return cutOff(response)
    if (typeof piece === "object" && "waitMs" in piece) {
      await sleep(piece.waitMs)
      continue
    }
    if (typeof piece === "object" && "head" in piece) {
      response.writeHead(piece.head.status ?? 200, piece.head.headers)
      continue
    }
    if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" })
    await nextWord()
    response.write(typeof piece === "string" ? piece : piece.bytes)
  }
  response.end()
}

/** Behind what was written: to its reader it looks like a reset, and a real one could overtake what it has not read yet. */
async function cutOff(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => response.write(": flushed\n\n", () => resolve()))
  response.destroy()
}
