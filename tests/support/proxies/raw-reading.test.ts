import { expect, test } from "vitest"
import { rawReadingOf } from "./raw-reading.ts"

function reading(...pieces: string[]) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
      controller.close()
    },
  })
  return rawReadingOf(new Response(body))
}

test("an event that arrives together with the one before it is there for the next call", async () => {
  const feed = reading('event: turn-started\ndata: {"chatId":"a"}\n\nevent: turn-ended\ndata: {"chatId":"a"}\n\n')
  await feed.until("event: turn-started", "a")
  await feed.until("event: turn-ended", "a")
})

test("an event in pieces is one, and texts of two events are not", async () => {
  const feed = reading('event: begun\ndata: "b"\n\n: heart', "beat\n\nevent: begun\nda", 'ta: "a"\n\n')
  await feed.until("event: begun", '"a"')
  await expect(feed.until("beat")).rejects.toThrow("the response ended before beat")
})
