import type { IncomingMessage } from "node:http"
import type { WebSocket } from "ws"
import type { Asker } from "#lib/auth/session.ts"
import type { Services } from "#lib/services.ts"

/** What serves one socket needs to know of it. */
export interface SocketContext {
  services: Services
  user: Asker
  request: IncomingMessage
}

/**
 * Serves an open socket until it closes. Heartbeats, the end of the session and the drain are taken care of
 * (`attach-socket.ts`); it must not throw.
 */
export type SocketDoor = (socket: WebSocket, context: SocketContext) => void

/** The WebSocket addresses of the custom server. Each is loaded by its first handshake. */
export const socketDoors: Readonly<Record<string, () => Promise<SocketDoor>>> = {
  "/api/ws": async () => (await import("./serve-socket.ts")).serveSocket,
}
