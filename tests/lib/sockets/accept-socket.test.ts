import { once } from "node:events"
import { connect } from "node:net"
import { expect, test, vi } from "vitest"
import { WebSocket } from "ws"
import { socketAddresses } from "#lib/sockets/doors.ts"
import { freshService, type TestService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { type SocketServer, socketServer } from "#tests/support/servers/socket-server.ts"

async function world(environment: Record<string, string> = {}): Promise<TestService & SocketServer> {
  const service = await freshService({ model: scripted("never asked"), environment })
  return { ...service, ...(await socketServer()) }
}

function refusalOf(answer: string) {
  const [head = "", body = ""] = answer.split("\r\n\r\n")
  return { head: head.toLowerCase(), error: JSON.parse(body).error }
}

test.each(["/api/chat", "/", "/api/ws/", "//"])(
  "P5 a handshake at %s, where no socket is served, gets an answer, and its connection is closed",
  async (address) => {
    const { handshake } = await world()
    const { head, error } = refusalOf(await handshake(address))
    expect(head).toMatch(/^http\/1\.1 426 upgrade required\r\n/)
    expect(head).toContain("upgrade: websocket")
    expect(error).toEqual({
      code: "upgrade_required",
      message: "There is no WebSocket at this address. Send an ordinary request.",
      requestId: expect.any(String),
      retryable: false,
    })
  },
)

test("P5 an offer of HTTP/2 is ignored, and its request answered", async () => {
  const { handshake } = await world()
  expect(await handshake("/api/ws", { upgrade: "h2c" })).toContain("200 OK")
})

test("P5 the connection of a refused handshake is gone, though its client never closes its side", async () => {
  const { url, handshakeOf } = await world()
  const connection = connect({ port: Number(new URL(url).port), host: "127.0.0.1", allowHalfOpen: true })
  connection.write(handshakeOf("/api/ws"))
  await once(connection.resume(), "end")
  // Nothing answers at the other end, which resets what comes.
  const reset = once(connection, "error")
  const writing = setInterval(() => connection.write("still here"), 20)
  connection.once("close", () => clearInterval(writing))
  expect((await reset)[0]).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) })
})

test("B48 a handshake without an origin, or with another site's, is refused with 403", async () => {
  const { guest, handshake } = await world()
  const { cookie } = await guest()
  for (const origin of [undefined, "null", "https://evil.example"]) {
    const { head, error } = refusalOf(await handshake("/api/ws", { cookie, ...(origin && { origin }) }))
    expect(head).toMatch(/^http\/1\.1 403 /)
    expect(error.code).toBe("origin_not_allowed")
  }
})

test("B49 a handshake without a session is refused with 401, and a forged session's cookie is cleared", async () => {
  const { origin, handshake } = await world()
  const unknown = refusalOf(await handshake("/api/ws", { origin }))
  expect(unknown).toMatchObject({ head: expect.stringMatching(/^http\/1\.1 401 /), error: { code: "unauthenticated" } })
  const forged = refusalOf(await handshake("/api/ws", { origin, cookie: "better-auth.session_token=forged.forged" }))
  expect(forged.error.code).toBe("session_invalid")
  expect(forged.head.match(/^set-cookie: better-auth\.session_\w+=; max-age=0/gm)).toHaveLength(2)
})

test("a handshake that fails unforeseen is answered, and counts as no reader", async () => {
  const { guest, handshake, origin, services } = await world()
  const { cookie } = await guest()
  const address = socketAddresses["/api/ws"]
  if (!address) throw new Error("no socket is served")
  vi.spyOn(address, "load").mockRejectedValueOnce(new Error("its code is missing"))
  const watching = vi.spyOn(services.sessions, "watch")
  expect(refusalOf(await handshake("/api/ws", { origin, cookie })).error.code).toBe("internal_error")
  expect(watching).not.toHaveBeenCalled()
})

test("B49 a socket whose session is ended is closed with 4401", async () => {
  const { guest, open, services } = await world()
  const client = await guest()
  const socket = await open({ cookie: client.cookie })
  await client.request("/api/auth/sign-out", { method: "POST", json: {} })
  const closed = once(socket, "close")
  await services.sessions.poll()
  expect(String((await closed)[0])).toBe("4401")
})

test.each(["/api/ws", "/api/trpc"])(
  "B49 what a client of %s still sends after its session's end is not heard",
  async (address) => {
    const { guest, origin, url, services } = await world()
    const client = await guest()
    const socket = new WebSocket(new URL(address, url), { headers: { origin, cookie: client.cookie } })
    await once(socket, "open")
    // It does not read, and so does not learn that it is closed.
    socket.pause()
    await client.request("/api/auth/sign-out", { method: "POST", json: {} })
    await services.sessions.poll()
    const register = vi.spyOn(services.chat.repository.turns, "register")
    const message = { id: "m", role: "user", parts: [{ type: "text", text: "hello" }] }
    const input = { id: client.chatId, message }
    socket.send(JSON.stringify({ type: "send", requestId: "q", ...input }))
    socket.send(JSON.stringify({ id: 1, method: "mutation", params: { path: "chat.send", input } }))
    const closed = once(socket, "close")
    socket.resume()
    expect((await closed)[0]).toBe(4401)
    expect(register).not.toHaveBeenCalled()
  },
)

test("a server that drains refuses handshakes with 503, and closes its sockets with 1012 once it has drained", async () => {
  const { guest, open, origin, handshake, services } = await world()
  const { cookie } = await guest()
  const socket = await open({ cookie })
  const closed = once(socket, "close")
  await services.drain(0)
  expect((await closed)[0]).toBe(1012)
  const { head, error } = refusalOf(await handshake("/api/ws", { origin, cookie }))
  expect(head).toMatch(/^http\/1\.1 503 /)
  expect(head).toContain("retry-after: 2")
  expect(error.code).toBe("shutting_down")
})

test("B44 sockets count as their user's readers, until they are closed", async () => {
  const { guest, open, origin, handshake } = await world({ RATE_LIMIT_PER_MINUTE: "60" })
  const { cookie } = await guest()
  const sockets = await Promise.all(Array.from({ length: 200 }, () => open({ cookie })))
  expect(refusalOf(await handshake("/api/ws", { origin, cookie })).error.code).toBe("too_many_connections")
  for (const socket of sockets) socket.close()
  await expect.poll(() => open({ cookie })).toBeDefined()
})
