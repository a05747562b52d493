import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { ChatError } from "#lib/errors.ts"
import { errorResponse } from "./responses/error-response.ts"

/** Any other upgrade, such as to `h2c`, is an offer that a server may pass over: the request is an ordinary one. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket"
}

/** Answers a WebSocket handshake that nothing here serves: a client would wait for an answer that never comes. */
export async function refuseUpgrade(response: ServerResponse): Promise<void> {
  const refusal = errorResponse(new ChatError("upgrade_required"), randomUUID())
  const body = await refusal.text()
  response.writeHead(refusal.status, {
    ...Object.fromEntries(refusal.headers),
    "content-length": Buffer.byteLength(body),
    // The protocol to change to has to be named, and the connection belongs to the handshake.
    upgrade: "HTTP/1.1",
    connection: "upgrade, close",
  })
  response.end(body)
}
