import type { ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import type { WirePiece } from "./dialect.ts"

interface Speaking {
  /** before each piece */
  nextWord(): Promise<void>
  forEver(): Promise<void>
}

/** Writes an answer's bytes unchanged, piece by piece, and ends as told. */
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

/** Destroys the connection after the written bytes arrive: a real reset could overtake them. */
async function cutOff(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => response.write(": flushed\n\n", () => resolve()))
  response.destroy()
}
