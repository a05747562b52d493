/** Goose over a WebSocket, a fall-back: a run ends with the connection, and its text is lost. */
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { WebSocket } from "ws"
import { type Connection, ConnectionGone, type Receiver, Unreachable } from "./connection.ts"
import type { GooseAddress } from "./http-connection.ts"
import { messageIn } from "./shapes.ts"

/** A message is a whole file at most, which Goose cuts long before. */
const maxMessageBytes = 64_000_000

export async function openSocket({ url, secret }: GooseAddress, receiver: Receiver): Promise<Connection> {
  const socket = new WebSocket(url, {
    headers: { "X-Secret-Key": secret },
    handshakeTimeout: 10_000,
    followRedirects: false,
    maxPayload: maxMessageBytes,
  })
  let isLeft = false
  socket.on("message", (data) => {
    const message = messageIn(String(data))
    if (!message) return
    socket.pause()
    void receiver.message(message).then(() => socket.resume())
  })
  // An error is followed by the close.
  socket.on("error", () => undefined)
  socket.on("close", () => {
    if (!isLeft) receiver.gone(new ConnectionGone("The socket to Goose was closed"))
  })
  try {
    await once(socket, "open")
  } catch {
    isLeft = true
    throw new Unreachable("Goose did not open a socket")
  }
  const leave = () => {
    isLeft = true
    socket.terminate()
  }
  return {
    id: `socket-${randomUUID()}`,
    isDurable: false,
    reopened: 0,
    join: () => Promise.resolve(),
    async send(message) {
      if (socket.readyState !== WebSocket.OPEN) throw new ConnectionGone("The socket to Goose was closed")
      socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }))
    },
    leave,
    async close() {
      leave()
    },
  }
}
