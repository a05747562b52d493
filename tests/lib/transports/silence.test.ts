import { once } from "node:events"
import type { ServerResponse } from "node:http"
import { type AddressInfo, connect, createServer } from "node:net"
import { setImmediate as turn } from "node:timers/promises"
import { beforeEach, expect, test, vi } from "vitest"
import { StreamSilent } from "#lib/transports/chat-problem.ts"
import { pass, timeFor, useFastClock } from "./fast-clock.ts"
import {
  after,
  answer,
  closesEarly,
  continued,
  ends,
  events,
  question,
  read,
  saysNothing,
  staysOpen,
  stored,
  transportTo,
} from "./transport-to.ts"

beforeEach(useFastClock)

/** Asks over a new connection: by its answer, earlier writes to other connections have arrived. */
async function roundTrip(): Promise<void> {
  const server = createServer((socket) => socket.end("back")).listen(0, "127.0.0.1")
  await once(server, "listening")
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1") // a TCP server has an address with a port
  await once(socket.resume(), "close")
  server.close()
  await turn()
}

test("F28 F26 a connection silent for 20 s is dead: the stream continues over another one", async () => {
  const { send, requests, open } = await transportTo(events(1, 3, {}, staysOpen), events(4, 6, continued, ends))
  const { rest } = await after(3, await send())
  await pass(19)
  expect(requests).toHaveLength(1)
  expect(await timeFor(rest)).toEqual(answer.slice(3))
  expect(requests).toEqual(["POST /api/chat", "GET /api/chat?chatId=chat&after=1-3"])
  await open(0)
})

test("F28 heartbeats count as traffic", async () => {
  let response: ServerResponse | undefined
  const { send, requests } = await transportTo(
    events(1, 3, {}, (begun) => {
      response = begun
    }),
  )
  const { rest } = await after(3, await send())
  for (let beat = 1; beat <= 3; beat++) {
    await pass(15)
    response?.write(": heartbeat\n\n")
    await roundTrip()
  }
  response?.end(`data: ${JSON.stringify({ type: "finish" })}\n\n`)
  expect(await rest).toEqual([{ type: "finish" }])
  expect(requests).toHaveLength(1)
})

test("F54 a connection that was silent through a laptop's sleep is recognized as dead when it wakes", async () => {
  const { send } = await transportTo(events(1, 3, {}, staysOpen), events(4, 6, continued, ends))
  const { rest } = await after(3, await send())
  // A sleep stops every timer, while the clock runs on.
  vi.setSystemTime(Date.now() + 8 * 3_600_000)
  await pass(1)
  expect(await rest).toEqual(answer.slice(3))
})

test.each([
  ["not even the headers come", saysNothing],
  ["only the headers come", events(1, 0, continued, staysOpen)],
])("F28 a stream that is silent over a second connection is given up: %s", async (_, silent) => {
  const { send, states, open } = await transportTo(events(1, 3, {}, staysOpen), silent)
  const { rest } = await after(3, await send())
  await expect(timeFor(rest)).rejects.toBeInstanceOf(StreamSilent)
  expect(states).toEqual(["live", "reconnecting", "idle"])
  await open(0)
})

test("F28 connections that end before any event count as silent, and are not retried without a pause", async () => {
  const nothing = events(1, 0, continued, closesEarly)
  const { send, requests } = await transportTo(events(1, 3, {}, closesEarly), nothing, nothing, nothing)
  await expect(timeFor(read(await send()))).rejects.toBeInstanceOf(StreamSilent)
  expect(requests).toHaveLength(3)
})

test("F28 a question whose answer does not come through is not asked again if the server has it", async () => {
  const { send, requests, taken, states } = await transportTo(saysNothing, stored(question))
  await expect(timeFor(send())).rejects.toBeInstanceOf(StreamSilent)
  expect(requests).toEqual(["POST /api/chat", "GET /api/chat/chat/messages"])
  expect(taken).toEqual(["chat"])
  expect(states.at(-1)).toBe("idle")
})

test("F28 a question that got lost in the silence is asked again under the same id", async () => {
  const { send, requests, bodies } = await transportTo(saysNothing, stored(), events(1, 6, {}, ends))
  expect(await read(await timeFor(send()))).toEqual(answer)
  expect(requests).toEqual(["POST /api/chat", "GET /api/chat/chat/messages", "POST /api/chat"])
  expect(bodies[2]).toBe(bodies[0])
})

test("F28 a followed stream counts as one only after its first event", async () => {
  const { transport, reconnections } = await transportTo(
    events(1, 0, { "x-resume": "from-start" }, staysOpen),
    events(1, 6, { "x-resume": "from-start" }, ends),
  )
  const follow = () => transport.reconnectToStream({ chatId: "chat" })
  await expect(timeFor(follow())).rejects.toBeInstanceOf(StreamSilent)
  expect(reconnections()).toBe(0)
  expect(await read(await follow())).toEqual(answer)
  expect(reconnections()).toBe(1)
})
