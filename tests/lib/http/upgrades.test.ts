import { once } from "node:events"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { text } from "node:stream/consumers"
import { expect, onTestFinished, test } from "vitest"
import { asksForWebSocket, refuseUpgrade } from "#lib/http/upgrades.ts"

test.each(["websocket", "WebSocket"])(
  "P5 a handshake for a %s gets an answer, and its connection is closed",
  async (kind) => {
    const answer = await handshake(kind)
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/)
    expect(answer).toContain("upgrade: HTTP/1.1\r\n")
    const { error } = JSON.parse(answer.slice(answer.indexOf("{")))
    expect(error).toEqual({
      code: "upgrade_required",
      message: "There is no WebSocket at this address. Send an ordinary request.",
      requestId: expect.any(String),
      retryable: false,
    })
  },
)

test("P5 an offer of HTTP/2 is ignored, and its request answered", async () => {
  expect(await handshake("h2c")).toContain("200 OK")
})

/** @returns all that comes until the connection is closed */
async function handshake(kind: string): Promise<string> {
  const server = createServer({ shouldUpgradeCallback: () => false }, (request, response) => {
    if (asksForWebSocket(request)) void refuseUpgrade(response)
    else response.writeHead(200, { connection: "close" }).end()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1") // listening on TCP: no path, not null
  socket.write(
    `GET /api/ws HTTP/1.1\r\nhost: test\r\nconnection: Upgrade\r\nupgrade: ${kind}\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  return text(socket)
}
