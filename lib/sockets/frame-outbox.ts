import type { Duplex } from "node:stream"
import type { WebSocket } from "ws"
import { frameText, type ServerFrame } from "./server-frame.ts"

export interface FrameOutbox {
  /** Sends a frame, unless the socket is closing. Frames of one turn of the event loop leave together. */
  send(frame: ServerFrame): void
  /** Waits until the socket has taken most of what it was sent, or is closed. @returns undefined if it takes more now */
  untilWritable(): Promise<void> | undefined
}

interface OutboxOptions {
  /** the connection below the socket, where it is known: without it each frame is a write of its own */
  connection?: Pick<Duplex, "cork" | "uncork"> | undefined
  /**
   * The most bytes that may wait when the next frame is sent (default 256 kB). A reader's answer to a ping waits behind
   * them, so one that takes less than 5 kB a second counts as dead.
   */
  maxBytes?: number
}

/** Sends frames on a socket. Nothing tells of an emptied buffer, so the writers wait for their frames' callbacks. */
export function frameOutbox(socket: WebSocket, { connection, maxBytes = 256_000 }: OutboxOptions = {}): FrameOutbox {
  const waiting = new Set<() => void>()
  let isCollecting = false

  /**
   * Chats share a tick, so a socket with ten of them has ten frames at once. A write for each is about a third of what
   * following costs a socket.
   */
  function collect(connection: Pick<Duplex, "cork" | "uncork">): void {
    isCollecting = true
    connection.cork()
    setImmediate(() => {
      isCollecting = false
      connection.uncork()
    })
  }

  function onTaken(): void {
    if (waiting.size > 0 && socket.bufferedAmount <= maxBytes / 2) release()
  }

  function release(): void {
    for (const proceed of waiting) proceed()
    waiting.clear()
  }

  socket.once("close", release)
  return {
    send(frame) {
      if (socket.readyState !== socket.OPEN) return
      if (connection && !isCollecting) collect(connection)
      socket.send(frameText(frame), onTaken)
    },
    untilWritable() {
      if (socket.bufferedAmount <= maxBytes || socket.readyState !== socket.OPEN) return undefined
      return new Promise<void>((resolve) => waiting.add(resolve))
    },
  }
}
