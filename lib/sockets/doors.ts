import type { IncomingMessage } from "node:http"
import type { WebSocket } from "ws"
import type { Asker } from "#lib/auth/session.ts"
import { jsonLimits } from "#lib/http/json-body.ts"
import type { Services } from "#lib/services.ts"
import { maxFrameBytes } from "./admit-socket.ts"

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

export interface SocketAddress {
  /** loads the door, at the first handshake */
  load(): Promise<SocketDoor>
  maxFrameBytes: number
  /** how long a client may take to move to another server once this one has drained */
  movingMs: number
}

/** The WebSocket addresses of the custom server. */
export const socketAddresses: Readonly<Record<string, SocketAddress>> = {
  "/api/ws": {
    load: async () => (await import("./serve-socket.ts")).serveSocket,
    maxFrameBytes,
    movingMs: 0,
  },
  "/api/trpc": {
    load: async () => (await import("#lib/trpc/serve-trpc-socket.ts")).serveTrpcSocket,
    maxFrameBytes: jsonLimits.maxBytes,
    // Shorter than `server.ts` waits before it exits.
    movingMs: 300,
  },
}
