import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { requireUser } from "#lib/auth/session.ts"
import { serveSocket } from "#lib/sockets/serve-socket.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { frameClient } from "#tests/support/clients/socket-client.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { socketPair } from "#tests/support/servers/socket-pair.ts"

test("our own client hears that its silent request is served, and a stock client never does", async () => {
  const { services, guest } = await freshService({ model: scripted("one", { held: true }) })
  const { cookie, chatId } = await guest()
  const user = await requireUser(services.auth, new Headers({ cookie }))
  const { socket, client } = await socketPair()
  const ticks = new Set<() => void>()
  serveSocket(socket, { services, user }, (listener) => {
    ticks.add(listener)
    return () => ticks.delete(listener)
  })
  const frames = frameClient(client)
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "count" }] }
  frames.send({ type: "send", requestId: "own", id: chatId, message, caughtUp: true })
  await frames.until("own", "start")
  frames.send({ type: "resume", requestId: "stock", id: chatId })
  await frames.until("stock", "start")
  const tick = () => {
    for (const listener of ticks) listener()
  }
  tick()
  tick()
  await frames.until("own", "heartbeat")
  frames.send({ type: "resume", requestId: "none", id: randomUUID() })
  await frames.until("none", "no-active")
  expect(frames.frames("stock").some(({ type }) => type === "heartbeat")).toBe(false)
  client.close()
  await expect.poll(() => ticks.size).toBe(0)
})
