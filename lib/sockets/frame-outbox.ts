import type { WebSocket } from "ws"
import type { ServerFrame } from "./server-frame.ts"

export interface FrameOutbox {
  /** Sends a frame, unless the socket is closing. */
  send(frame: ServerFrame): void
  /** Waits until the socket has taken most of what it was sent, or is closed. */
  untilWritable(): Promise<void>
}

/**
 * The most bytes that may wait when the next frame is sent. A reader's answer to a ping waits behind them, so one that
 * takes less than 5 kB a second counts as dead.
 */
const maxWaitingBytes = 256_000

/** Sends frames on a socket. Nothing tells of an emptied buffer, so the writers wait for their frames' own callbacks. */
export function frameOutbox(socket: WebSocket, maxBytes = maxWaitingBytes): FrameOutbox {
  const waiting = new Set<() => void>()

  function release(): void {
    for (const proceed of waiting) proceed()
    waiting.clear()
  }

  socket.once("close", release)
  return {
    send(frame) {
      if (socket.readyState !== socket.OPEN) return
      socket.send(JSON.stringify(frame), () => {
        if (socket.bufferedAmount <= maxBytes / 2) release()
      })
    },
    async untilWritable() {
      if (socket.bufferedAmount > maxBytes && socket.readyState === socket.OPEN)
        await new Promise<void>((resolve) => waiting.add(resolve))
    },
  }
}
