import type { Server } from "node:http"

/**
 * Closes connections on which nothing moves: a reader that takes nothing would keep what waits for it as long as it likes.
 * @param stuckMs a reader that is well has a heartbeat every 10 s; one that has just got stuck is given this long twice
 */
export function cutOffStuckSockets(server: Server, stuckMs = 25_000): void {
  server.setTimeout(stuckMs, (socket) => {
    const readBefore = socket.bytesRead
    // A process that was held up itself has not read yet what came meanwhile: one turn of its loop does that.
    setImmediate(() => {
      if (socket.bytesRead > readBefore) return
      // What was never taken is not kept by the kernel either.
      if (socket.writableLength > 0) socket.resetAndDestroy()
      else socket.destroy()
    })
  })
}
