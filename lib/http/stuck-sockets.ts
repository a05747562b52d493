import type { Server } from "node:http"

/**
 * Closes connections without traffic: a reader that stopped reading would keep its buffered data in memory
 * indefinitely.
 * @param stuckMs a healthy reader gets a heartbeat every 10 s; one that has just got stuck is given this long twice
 */
export function closeStuckSockets(server: Server, stuckMs = 25_000): void {
  server.setTimeout(stuckMs, (socket) => {
    const readBefore = socket.bytesRead
    // A busy process may not have read what arrived meanwhile; one turn of its event loop does.
    setImmediate(() => {
      if (socket.bytesRead > readBefore) return
      // A reset also frees the unread data in the kernel.
      if (socket.writableLength > 0) socket.resetAndDestroy()
      else socket.destroy()
    })
  })
}
