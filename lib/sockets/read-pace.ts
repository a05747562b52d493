import type { WebSocket } from "ws"

/** The most bytes that may wait for a client while more is read from it. */
const maxWaitingBytes = 1_000_000
/** Nothing tells of an emptied buffer. */
const checkEveryMs = 50

/**
 * Stops reading from a client that leaves too much of what it was sent, until it has taken half of that. Refusals and
 * pongs wait for no reader, so a client that only sent would fill the memory.
 */
export function paceReading(socket: WebSocket): void {
  let timer: NodeJS.Timeout | undefined

  function pauseIfBehind(): void {
    if (timer || socket.bufferedAmount <= maxWaitingBytes) return
    socket.pause()
    timer = setInterval(resumeIfTaken, checkEveryMs)
  }

  function resumeIfTaken(): void {
    if (socket.bufferedAmount > maxWaitingBytes / 2) return
    stop()
    socket.resume()
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  for (const sign of ["message", "ping"]) socket.on(sign, pauseIfBehind)
  socket.once("close", stop)
}
