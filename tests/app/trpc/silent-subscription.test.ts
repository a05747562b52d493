/** What a subscription over server-sent events gets while its answer says nothing. */
import { beforeEach, expect, test, vi } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"
import { trpcTab } from "#tests/support/clients/trpc-tab.ts"
import { neverAnswers } from "#tests/support/providers/scripted-model.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))

test("silence is broken often enough for proxies, and clients know when to take a connection for dead", async () => {
  const { guest } = await freshService({ model: neverAnswers() })
  const client = await guest()
  await client.post("hello")
  const input = encodeURIComponent(JSON.stringify({ chatId: client.chatId }))
  const { body, headers } = await client.request(`/api/trpc/chat.follow?input=${input}`)
  expect(headers.get("content-type")).toBe("text/event-stream")
  expect(headers.get("x-accel-buffering")).toBe("no")
  const reader = body?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  let text = ""
  const readUntil = async (wanted: string) => {
    while (!text.includes(wanted)) text += (await reader?.read())?.value ?? ""
  }
  await readUntil('"type":"start"')
  expect(text).toContain('event: connected\ndata: {"reconnectAfterInactivityMs":20000}')
  for (let pings = 0; pings < 3; pings++) {
    text = ""
    const heard = readUntil("event: ping")
    await vi.advanceTimersByTimeAsync(10_000)
    await heard
  }
  await reader?.cancel()
})

test("B71 a subscription whose session has ended is told so, and ends", async () => {
  const { guest, services } = await freshService({ model: neverAnswers() })
  const client = await guest()
  await client.post("hello")
  const { follow } = await trpcTab(client, "http")
  const reading = follow()
  await reading.until((events) => events.length > 0)
  await client.request("/api/auth/sign-out", { method: "POST", json: {} })
  await services.sessions.poll()
  await expect(reading.ended).rejects.toMatchObject({ data: { code: "unauthenticated", httpStatus: 401 } })
  await vi.waitFor(() => expect(services.chat.relay.report()?.streams[0]?.readers).toBe(0))
})
