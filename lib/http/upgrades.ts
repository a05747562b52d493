import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { ChatError } from "#lib/errors.ts"
import { errorResponse } from "./responses/error-response.ts"

/** Recognises a WebSocket handshake. Other upgrades, such as `h2c`, are offers that a server may ignore. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket"
}

/** Refuses a WebSocket handshake, since no route serves one and the client would wait forever. */
export async function refuseUpgrade(response: ServerResponse): Promise<void> {
  const refusal = errorResponse(new ChatError("upgrade_required"), randomUUID())
  const body = await refusal.text()
  response.writeHead(refusal.status, {
    ...Object.fromEntries(refusal.headers),
    "content-length": Buffer.byteLength(body),
    // The response must name a protocol, and the connection belongs to the handshake.
    upgrade: "HTTP/1.1",
    connection: "upgrade, close",
  })
  response.end(body)
}
