import { once } from "node:events"
import { setTimeout as wait } from "node:timers/promises"
import { expect, test } from "vitest"
import { WebSocket } from "ws"
import { heartbeat } from "#lib/sockets/heartbeat.ts"
import { ticker } from "#lib/sockets/ticker.ts"
import { socketPair } from "#tests/support/servers/socket-pair.ts"

const times = { pingEveryMs: 20, deadAfterMs: 300 }

test("B54 a client that answers no ping is cut off", async () => {
  const { client, socket } = await socketPair({ autoPong: false })
  heartbeat(times).watch(socket)
  const [code] = await once(client, "close")
  expect(code).toBe(1006)
})

test("a client that answers stays, and nothing of it is left once it closes", async () => {
  const { client, socket } = await socketPair()
  heartbeat(times).watch(socket)
  const startedAt = performance.now()
  while (performance.now() - startedAt < 3 * times.deadAfterMs) await once(client, "ping")
  expect(socket.readyState).toBe(WebSocket.OPEN)
  const closed = once(socket, "close")
  client.close()
  await closed
  expect(socket.listenerCount("close")).toBe(0)
})

test("one timer serves all listeners, and none is left without them", async () => {
  const ticks: string[] = []
  const onTick = ticker(1)
  const stops = ["a", "b"].map((name) => onTick(() => ticks.push(name)))
  await expect.poll(() => new Set(ticks).size).toBe(2)
  for (const stop of stops) stop()
  const before = ticks.length
  await wait(20)
  expect(ticks).toHaveLength(before)
})
