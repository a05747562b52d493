/**
 * A proxy before a Postgres that counts what clients ask: statements (simple queries and executions) and the round
 * trips that they wait for. It reads the frontend's side of the protocol, version 3, which is message by message: a
 * letter, a length of four bytes that counts itself, and the content; only the first message has no letter.
 */
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

export interface StatementCounter {
  /** @returns the same address by way of this proxy */
  through(url: string): string
  readonly statements: number
  readonly roundTrips: number
  close(): void
}

export async function startStatementCounter(databaseUrl: string): Promise<StatementCounter> {
  const port = Number(new URL(databaseUrl).port)
  const sockets = new Set<Socket>()
  const counted = { statements: 0, roundTrips: 0 }
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port, host: "127.0.0.1", noDelay: true })
    const count = messageReader((type) => {
      if (type === "Q" || type === "E") counted.statements++
      if (type === "Q" || type === "S") counted.roundTrips++
    })
    client.on("data", count)
    client.pipe(server).pipe(client)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
  })
  listener.listen(0, "127.0.0.1")
  await once(listener, "listening")
  const { port: own } = listener.address() as AddressInfo // it listens on TCP
  return {
    through: (url) => Object.assign(new URL(url), { port: String(own) }).href,
    get statements() {
      return counted.statements
    },
    get roundTrips() {
      return counted.roundTrips
    },
    close() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** @param onMessage gets the letter of each message, once it is whole */
function messageReader(onMessage: (type: string) => void): (bytes: Buffer) => void {
  let unread = Buffer.alloc(0)
  let isStarted = false
  return (bytes) => {
    unread = Buffer.concat([unread, bytes])
    for (;;) {
      const lengthAt = isStarted ? 1 : 0
      if (unread.length < lengthAt + 4) return
      const length = lengthAt + unread.readUInt32BE(lengthAt)
      if (unread.length < length) return
      if (isStarted) onMessage(String.fromCharCode(unread[0] ?? 0))
      isStarted = true
      unread = unread.subarray(length)
    }
  }
}
