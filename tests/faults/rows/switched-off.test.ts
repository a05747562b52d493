import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Fleet, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"

/** Listens in Redis's place, and counts connections. */
const redisDecoy = createServer((socket) => socket.destroy())
let connections = 0
let fleet: Fleet

beforeAll(async () => {
  redisDecoy.on("connection", () => {
    connections += 1
  })
  redisDecoy.listen(0, "127.0.0.1")
  await once(redisDecoy, "listening")
  const { port } = redisDecoy.address() as AddressInfo // it listens on TCP
  fleet = await startFleet({ environment: { RESUMABLE_STREAMS: "0", REDIS_URL: `redis://127.0.0.1:${port}` } })
})
afterAll(async () => {
  await fleet.stop()
  redisDecoy.close()
})

test("F55 the same addresses stream, store, stop and charge, and Redis is never asked", async () => {
  const chat = await fleet.chat()
  fleet.model.hold()
  const first = await chat.ask(fleet.server(0), "say 200 words")
  expect(first.headers.has("x-resume")).toBe(false)
  fleet.model.release(100)
  await first.until("word100")
  const stored = await chat.request(fleet.server(1), `/api/chat?chatId=${chat.chatId}`)
  expect(stored.headers.get("x-resume")).toBe("stored")
  expect(await stored.text()).toContain("word1 word2")
  expect((await chat.request(fleet.server(1), `/api/chat/${chat.chatId}/stream`)).status).toBe(204)
  await first.leave()
  fleet.model.release()
  await chat.check()
  const second = await chat.follow(fleet.server(1))
  await second.ended
  expect(second.text).toBe(wordsUpTo(200))

  const stopped = await fleet.chat()
  fleet.model.hold()
  const tab = await stopped.ask(fleet.server(0), "say 200 words")
  fleet.model.release(10)
  await tab.until("word10")
  expect(await (await stopped.stop(fleet.server(1))).json()).toEqual({ stopped: true })
  await stopped.check()
  expect(tab.text).toBe(wordsUpTo(10))
  expect(connections).toBe(0)
})
