import { randomUUID } from "node:crypto"
import { createServer } from "node:net"
import pg from "pg"
import { expect, onTestFinished, test, vi } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { patiently } from "#tests/support/within.ts"

test("a POST reaches the model after one database round trip, or two if the session must be looked up", async () => {
  const model = scripted("hello")
  const { guest } = await freshService({ model })
  const client = await guest()
  const queries = vi.spyOn(pg.Client.prototype, "query")
  let queriesAtCall = 0
  vi.spyOn(model, "doStream").mockImplementation(
    ((original) => (call) => {
      queriesAtCall = queries.mock.calls.length
      return original(call)
    })(model.doStream.bind(model)),
  )

  await (await client.post("with a session that was looked up just now")).readAll()
  expect(queriesAtCall).toBe(1)

  queries.mockClear()
  const withoutCopy = client.withoutCookie("better-auth.session_data")
  await (await withoutCopy.post("with a session that was not")).readAll()
  expect(queriesAtCall).toBe(2)
})

test.each([
  ["in a chat that exists", 2, "with a signed copy of its session"],
  ["in a new chat", 5, "with a session that is looked up"],
])("a whole turn %s is at most %i statements %s: its beginning and its end are one each", async (where, most) => {
  const { guest, services } = await freshService({ model: scripted("one") })
  const client = await guest()
  await (await client.post("What comes first?")).readAll()
  const isOver = () => patiently(async () => expect(services.chat.running.isIdle).toBe(true))
  await isOver()
  const queries = vi.spyOn(pg.Client.prototype, "query")
  const asking = where === "in a new chat" ? client.withoutCookie("better-auth.session_data") : client
  if (where === "in a new chat") asking.chatId = randomUUID()
  await (await asking.post("What comes second?")).readAll()
  await isOver()
  const statements = queries.mock.calls.map(([query]) => JSON.stringify(query)).filter((text) => !timers.test(text))
  expect(statements.length, statements.join("\n")).toBeLessThanOrEqual(most)
})

/** What processes ask every few seconds, whoever asks them: for dead producers, and for more time of their own. */
const timers = /"select .?"streamId.?" from|update .?"ChatStream.?" set .?"leaseExpiresAt/

/** A Redis that would notice any request. */
async function listeningRedis(): Promise<{ url: string; connections: () => number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on("error", () => undefined) // whoever asks gives up on a Redis that says nothing
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (typeof address !== "object" || !address) throw new Error("not listening")
  return { url: `redis://127.0.0.1:${address.port}`, connections: () => connections }
}

test.each([
  ["0", "opens no Redis connection"],
  ["1", "does (so that the row above can fail)"],
])("with RESUMABLE_STREAMS=%s a whole answer %s", async (flag) => {
  const redis = await listeningRedis()
  const environment = { RESUMABLE_STREAMS: flag, REDIS_URL: redis.url }
  const { guest } = await freshService({ model: scripted("hello"), environment })
  const client = await guest()
  expect(await (await client.post("hello")).readAll()).toBe("hello")
  await (await client.follow()).readAll()
  await client.stop()
  expect(redis.connections() > 0).toBe(flag === "1")
})
