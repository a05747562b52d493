import { type IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { writeHead } from "./node-messages.ts"

/** The arguments of a server's event `upgrade`. */
export interface Handshake {
  request: IncomingMessage
  socket: Duplex
  /** what the client sent behind its request */
  head: Buffer
}

/** Recognises a WebSocket handshake. Other upgrades, such as `h2c`, are offers that a server may ignore. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket"
}

/** Answers a handshake with an ordinary response, and closes its connection. */
export async function refuseHandshake({ request, socket }: Handshake, refusal: Response): Promise<void> {
  const body = await refusal.text()
  const response = new ServerResponse(request)
  const connection = socket as Socket // servers of this project listen on TCP
  response.assignSocket(connection)
  // A client that never closes its side must not keep the connection: no time limit of the server covers it any more.
  response.on("finish", () => connection.destroySoon())
  writeHead(response, refusal, {
    "content-length": Buffer.byteLength(body),
    // A response with this status must name a protocol, and the connection belongs to the handshake.
    ...(refusal.status === 426 ? { upgrade: "websocket", connection: "upgrade, close" } : { connection: "close" }),
  })
  response.end(body)
}
