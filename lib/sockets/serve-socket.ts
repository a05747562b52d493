import type { WebSocket } from "ws"
import type { Asker } from "#lib/auth/session.ts"
import type { Services } from "#lib/services.ts"

/** A stub: the socket stays open, and frames are not answered yet. */
export function serveSocket(_socket: WebSocket, _context: { services: Services; user: Asker }): void {}
