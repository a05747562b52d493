/** What only tRPC's WebSocket link has to do with. */
import { once } from "node:events"
import { expect, test, vi } from "vitest"
import { WebSocket } from "ws"
import { freshService } from "#tests/support/clients/service.ts"
import { trpcTab, wholeText } from "#tests/support/clients/trpc-tab.ts"
import { neverAnswers, scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"
import { socketServer } from "#tests/support/servers/socket-server.ts"

const redis = useRedis()

test("F2 a client of a server that has drained moves to another one, and nothing is lost or repeated", async () => {
  const model = scripted("one two three four five six", { held: true })
  const { client, services, other } = await readAtAnotherProcess(model)
  const { follow } = await trpcTab(client, "socket")
  const reading = follow()
  await model.releaseUntil("two")
  await reading.untilText("two")

  globalThis.rejoinServices = Promise.resolve(other)
  await services.drain(0)
  // Said while the client moves.
  await model.releaseUntil("four")
  await reading.untilText("four")
  model.release()
  expect(await wholeText(reading)).toBe("one two three four five six")
  expect(reading.events.filter(({ chunk }) => chunk.type === "start")).toHaveLength(1)
})

test("F2 a socket whose client is told to move carries nothing more of an answer, and is then closed with 1012", async () => {
  const model = scripted("one two three four", { held: true })
  const { client, services } = await readAtAnotherProcess(model)
  const { send, next, closed, frames } = await rawSocket(client.cookie)
  send({ id: 1, method: "subscription", params: { path: "chat.follow", input: { chatId: client.chatId } } })
  await next(({ result }) => result?.data?.data?.type === "start")
  await services.drain(0)
  await next(({ method }) => method === "reconnect")
  model.release()
  await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  expect(await closed).toBe(1012)
  expect(frames.at(-1)).toEqual({ id: null, method: "reconnect" })
})

/** A client whose answer another process writes than the one that its requests reach. */
async function readAtAnotherProcess(model: TestModel) {
  const { guest, services, other } = await twoProcesses(redis(), scripted("never asked"), model)
  const client = await guest()
  globalThis.rejoinServices = Promise.resolve(other)
  await (await client.post("count")).leave()
  globalThis.rejoinServices = Promise.resolve(services)
  return { client, services, other }
}

test("B49 a socket is closed with 4401 when its session ends, and its readers are gone", async () => {
  const { guest, services } = await freshService({ model: neverAnswers() })
  const client = await guest()
  await (await client.post("hello")).leave()
  const { send, next, closed } = await rawSocket(client.cookie)
  send({ id: 1, method: "subscription", params: { path: "chat.follow", input: { chatId: client.chatId } } })
  await next((frame) => frame.result?.type === "data")
  await client.request("/api/auth/sign-out", { method: "POST", json: {} })
  await services.sessions.poll()
  expect(await closed).toBe(4401)
  await expect.poll(() => services.chat.relay.report()?.streams[0]?.readers).toBe(0)
})

test("B53 a fifty-first answer cannot be followed on one socket, and the fifty come back after a cut", async () => {
  const model = scripted("one two", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  await client.post("count")
  const { follow, cut } = await trpcTab(client, "socket")
  const readings = Array.from({ length: 50 }, () => follow())
  await Promise.all(readings.map((reading) => reading.until((events) => events.length > 0)))
  await expect(follow().ended).rejects.toMatchObject({ data: { httpStatus: 429, code: "too_many_subscriptions" } })
  cut()
  model.release()
  for (const reading of readings) expect(await wholeText(reading)).toBe("one two")
})

test.each([
  ["is not JSON", "{"],
  ["is nested ten thousand deep", `${"[".repeat(10_000)}${"]".repeat(10_000)}`],
  ["is binary", Buffer.from('{"id":1}')],
])("B51 a frame that %s gets an error, and the socket stays", async (_what, frame) => {
  const { guest } = await freshService({ model: neverAnswers() })
  const client = await guest()
  const { sendRaw, send, next } = await rawSocket(client.cookie)
  sendRaw(frame)
  expect(await next((each) => each.id === null)).toMatchObject({ error: { data: { code: "invalid_json" } } })
  send({ id: 7, method: "query", params: { path: "chat.history", input: { chatId: client.chatId } } })
  expect(await next((each) => each.id === 7)).toMatchObject({ error: { data: { code: "chat_not_found" } } })
})

test("B52 a frame of more than 1 MB closes the socket with 1009", async () => {
  const { guest } = await freshService({ model: neverAnswers() })
  const { sendRaw, closed } = await rawSocket((await guest()).cookie)
  sendRaw("x".repeat(1_000_001))
  expect(await closed).toBe(1009)
})

test("while more than 256 kB wait for a slow reader, its subscriptions send nothing more", async () => {
  const model = scripted("one two three four", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  const posted = await client.post("count")
  const { send, next, frames } = await rawSocket(client.cookie)
  let waitingBytes = 256_001
  vi.spyOn(WebSocket.prototype, "bufferedAmount", "get").mockImplementation(() => waitingBytes)
  send({ id: 1, method: "subscription", params: { path: "chat.follow", input: { chatId: client.chatId } } })
  await next(({ result }) => result?.data?.data?.type === "start")
  await model.releaseUntil("three")
  await posted.readUntil("three")
  send({ id: 2, method: "query", params: { path: "chat.history", input: { chatId: client.chatId } } })
  await next(({ id }) => id === 2)
  expect(frames.filter(({ id, result }) => id === 1 && result?.type === "data")).toHaveLength(1)
  waitingBytes = 0
  model.release()
  await next(({ result }) => result?.data?.data?.type === "finish")
})

interface Frame {
  id: number | null
  method?: string
  result?: { type?: string; data?: { data?: { type: string } } }
  error?: object
}

/** A socket whose frames a test writes by hand. */
async function rawSocket(cookie: string) {
  const { origin } = await socketServer()
  const socket = new WebSocket(`${origin.replace("http", "ws")}/api/trpc`, { headers: { origin, cookie } })
  const frames: Frame[] = []
  const closed = once(socket, "close").then(([code]) => code as number)
  socket.on("message", (data) => frames.push(JSON.parse(String(data))))
  await once(socket, "open")
  return {
    frames,
    closed,
    send: (frame: object) => socket.send(JSON.stringify(frame)),
    sendRaw: (frame: string | Buffer) => socket.send(frame),
    async next(isWanted: (frame: Frame) => boolean): Promise<Frame> {
      const found = () => frames.find(isWanted)
      await vi.waitUntil(() => found() !== undefined, { timeout: 30_000 })
      return found() as Frame // just found
    },
  }
}
