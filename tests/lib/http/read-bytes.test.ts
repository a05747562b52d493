import { expect, test } from "vitest"
import { readBytes } from "#lib/http/read-bytes.ts"

const limits = { maxBytes: 1_000, tooLarge: "file_too_large", patienceMs: 100 } as const

test("B16 a body that drips is given up in time, and not read further", async () => {
  let isCancelled = false
  const dripping = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      controller.enqueue(new Uint8Array(1))
    },
    cancel() {
      isCancelled = true
    },
  })
  await expect(readBytes(requestOf(dripping), { ...limits, bytesPerSecond: 1_000 })).rejects.toMatchObject({
    code: "request_timeout",
  })
  expect(isCancelled).toBe(true)
})

test("a body that sends nothing at all is given up in time", async () => {
  const silent = new ReadableStream<Uint8Array>()
  await expect(readBytes(requestOf(silent), limits)).rejects.toMatchObject({ code: "request_timeout" })
})

test("B15 a body that grows too large is cut off with the given code", async () => {
  const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(600)) })
  await expect(readBytes(requestOf(endless), limits)).rejects.toMatchObject({ code: "file_too_large" })
})

test("B15 a body announced as too large is refused unread, and its connection is closed", async () => {
  let isAsked = false
  const pull = () => {
    isAsked = true
  }
  const unread = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 })
  const request = requestOf(unread)
  request.headers.set("content-length", "1001")
  await expect(readBytes(request, limits)).rejects.toMatchObject({
    code: "file_too_large",
    headers: { connection: "close" },
  })
  expect(isAsked).toBe(false)
})

function requestOf(body: ReadableStream<Uint8Array>): Request {
  return new Request("http://127.0.0.1/", { method: "POST", body, duplex: "half" } as RequestInit)
}
