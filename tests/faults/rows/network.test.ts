/** What happens between a server and a browser: links that break, stall, trickle and pretend. */
import { randomUUID } from "node:crypto"
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest"
import type { Address } from "#tests/support/clients/test-chat.ts"
import { type FaultProxy, type Faults, startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { type Fleet, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"
import { openSockets } from "#tests/support/servers/sockets.ts"

let fleet: Fleet
let server: Address

beforeAll(async () => {
  // Idle connections are kept for two minutes otherwise, and F26 counts those that are left.
  fleet = await startFleet({ servers: 1, paceMs: 1, environment: { KEEP_ALIVE_SECONDS: "2" } })
  server = fleet.server(0)
})
afterEach(() => fleet.quiet())
afterAll(() => fleet.stop())

test("F26 a reader that vanishes silently holds nothing up: the answer is written, and the reader can return", async () => {
  const { proxy, address } = await proxied()
  const chat = await fleet.chat()
  const port = Number(new URL(server.url).port)
  fleet.model.hold()
  const first = await chat.ask(address, "say 400 words")
  fleet.model.release(50)
  await first.until("word50")
  proxy.set({ isBlackhole: true })
  fleet.model.release()
  const second = await chat.follow(server)
  await second.ended
  // The vanished reader's socket is still counted, because the server has no sign that it is gone.
  await expect.poll(() => openSockets(port)).toBe(0)
  expect(proxy.openConnections).toBeGreaterThan(0)
  proxy.set({ isBlackhole: false })
  proxy.reset()
  await chat.check()
  expect(first.text).toBe(wordsUpTo(400))
})

test("F27 a slow reader holds no other reader up, and has every word in the end", async () => {
  const { proxy, address } = await proxied()
  const chat = await fleet.chat()
  // More than the kernel buffers for a reader that does not read.
  const slow = await chat.ask(address, "say 600 long words")
  proxy.set({ isBlackhole: true })
  const quick = await chat.follow(server)
  await quick.ended
  expect(slow.text.length).toBeLessThan(quick.text.length)
  proxy.set({ isBlackhole: false })
  await chat.check()
  expect(slow.text).toBe(quick.text)
})

test("F28 behind a proxy that buffers a stream the stored messages grow to the whole answer, and the stream arrives whole", async () => {
  const { proxy, address } = await proxied({ isBuffering: true })
  const chat = await fleet.chat()
  fleet.model.hold()
  const asking = chat.ask(address, "say 400 words")
  await fleet.model.called(fleet.model.calls + 1)
  const shown: string[] = []
  const read = async () => {
    shown.push(await chat.shownText(server))
    return shown.at(-1)
  }
  for (const words of [100, 200, 300]) {
    fleet.model.release(100)
    await expect.poll(read).toContain(`word${words - 50}`)
  }
  fleet.model.release()
  await expect.poll(read).toBe(wordsUpTo(400))
  for (const text of shown) expect(wordsUpTo(400).startsWith(text)).toBe(true)
  const tab = await asking
  expect(tab.headers.get("x-accel-buffering")).toBe("no")
  await chat.check()
  expect([tab.text, tab.reattached]).toEqual([wordsUpTo(400), 0])
  expect(proxy.openConnections).toBeLessThanOrEqual(1)
})

test.each(["/", "/sign-in", "/api/health", "/api/chat?chatId=none", "/nothing/here"])(
  "browsers are told to stay with https by %s, where a proxy says that it was asked over https",
  async (path) => {
    const told = async (headers: Record<string, string>) => {
      const response = await fetch(server.url + path, { headers, redirect: "manual" })
      await response.arrayBuffer()
      return response.headers.get("strict-transport-security")
    }
    expect(await told({ "x-forwarded-proto": "https" })).toBe("max-age=31536000")
    expect(await told({ "x-forwarded-proto": "http" })).toBeNull()
    expect(await told({})).toBeNull()
  },
)

test("F29 a silent model: the heartbeat comes in time for a proxy that cuts idle connections after 15 s", async () => {
  const { address } = await proxied({ idleCutMs: 15_000 })
  const chat = await fleet.chat()
  fleet.model.hold()
  const tab = await chat.ask(address, "say 10 words")
  fleet.model.release(5)
  await expect.poll(() => tab.comments).toContain("heartbeat")
  fleet.model.release()
  await chat.check()
  expect(tab.reattached).toBe(0)
})

test("F29 a proxy that cuts earlier than the heartbeat: the tab reconnects each time and repeats nothing", async () => {
  const { address } = await proxied({ idleCutMs: 1_000 })
  const chat = await fleet.chat()
  fleet.model.hold()
  const tab = await chat.ask(address, "say 40 words")
  for (let cuts = 1; cuts <= 5; cuts++) {
    await expect.poll(() => tab.reattached).toBeGreaterThanOrEqual(cuts)
    fleet.model.release(5)
    await tab.until(`word${cuts * 5}`)
  }
  fleet.model.release()
  await chat.check()
  expect([tab.text, tab.resets]).toEqual([wordsUpTo(40), 0])
})

test.each([
  ["reset at any moment", (proxy: FaultProxy) => proxy.reset()],
  ["ended in good order in the middle of an event", (proxy: FaultProxy) => proxy.set({ finAfterBytes: 1_717 })],
])("F34 F9 a connection %s: the tab continues from its position", async (_how, breakIt) => {
  const { proxy, address } = await proxied()
  const chat = await fleet.chat()
  fleet.model.hold()
  const tab = await chat.ask(address, "say 600 words")
  // No more at once than one connection can carry, however late its reader comes back; and not to the end, whose whole
  // stored text none can.
  for (let words = 50; words <= 500; words += 50) {
    fleet.model.release(50)
    await tab.until(`word${words}`)
    if (words % 100 === 0 && words <= 300) breakIt(proxy)
  }
  expect(tab.reattached).toBeGreaterThanOrEqual(3)
  proxy.set({ finAfterBytes: 0 })
  fleet.model.release()
  await chat.check()
  expect([tab.text, tab.resets]).toEqual([wordsUpTo(600), 0])
})

test("F34 a question whose response is lost is asked again, and answered once", async () => {
  const { proxy, address } = await proxied({ isBlackhole: true })
  const chat = await fleet.chat()
  const asking = chat.ask(address, "say 100 words")
  await expect.poll(() => proxy.openConnections).toBe(1)
  proxy.set({ isBlackhole: false, finAfterBytes: 1 })
  await fleet.model.called(fleet.model.calls + 1)
  proxy.set({ finAfterBytes: 0 })
  const tab = await asking
  await chat.check()
  expect(tab.text).toBe(wordsUpTo(100))
})

test("F31 one byte at a time: no character is broken, and no event is lost", async () => {
  const text = "Grüße 🙂👩‍👩‍👧 漢字かな — naïve café, ﷽ \u2028 end"
  const { address } = await proxied({ fragmentBytes: 1 })
  const chat = await fleet.chat()
  const tab = await chat.ask(address, `say "${text}"`)
  const second = await chat.follow(address)
  await chat.check()
  expect([tab.text, second.text]).toEqual([text, text])
})

test("F32 a stream is never compressed, whatever the client accepts, and forbids proxies to compress it", async () => {
  const chat = await fleet.chat()
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "say 2 words" }] }
  const headers = { "accept-encoding": "gzip, br, zstd" }
  const json = JSON.stringify({ id: chat.chatId, message })
  const asked = await chat.request(server, "/api/chat", { method: "POST", body: json, headers })
  expect(await asked.text()).toContain("word2")
  const stored = await chat.request(server, `/api/chat?chatId=${chat.chatId}`, { headers })
  expect(await stored.text()).toContain("word1 word2")
  for (const response of [asked, stored]) {
    expect(response.headers.get("content-encoding")).toBeNull()
    expect(response.headers.get("cache-control")).toContain("no-transform")
    expect(response.headers.get("x-accel-buffering")).toBe("no")
  }
})

/** Returns the server behind a proxy, which is closed after the test. */
async function proxied(faults: Partial<Faults> = {}): Promise<{ proxy: FaultProxy; address: Address }> {
  const proxy = await startFaultProxy({ port: Number(new URL(server.url).port) }, faults)
  onTestFinished(() => proxy.close())
  return { proxy, address: { url: proxy.through(server.url) } }
}
