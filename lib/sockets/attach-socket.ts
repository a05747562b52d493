import type { WebSocket } from "ws"
import type { AttachedReader } from "#lib/http/responses/attach-reader.ts"
import type { Services } from "#lib/services.ts"
import type { Heartbeat } from "./heartbeat.ts"
import { paceReading } from "./read-pace.ts"

/** Codes with which the server closes a socket. */
export const closeCodes = {
  invalidFrame: 1008,
  /** the server is about to stop; another one takes the next connection */
  restarting: 1012,
  sessionEnded: 4401,
} as const

interface Attachment {
  services: Pick<Services, "drained" | "logger">
  reader: AttachedReader
  heartbeat: Heartbeat
  /** how long the client may take to move to another server once this one has drained (default 0) */
  movingMs?: number
}

/**
 * Closes a socket when its session ends, the server has drained, or it falls silent, and reads it no faster than it reads
 * itself. Lets go of it once it is closed.
 */
export function attachSocket(socket: WebSocket, { services, reader, heartbeat, movingMs = 0 }: Attachment): void {
  let timer: NodeJS.Timeout | undefined
  const onSessionEnd = () => {
    socket.close(closeCodes.sessionEnded, "unauthenticated")
    // A client may put off its side of the closing for 30 s, and send on.
    socket.removeAllListeners("message")
  }
  const restart = () => socket.close(closeCodes.restarting, "shutting_down")
  const onDrained = () => {
    if (movingMs === 0) restart()
    else timer = setTimeout(restart, movingMs)
  }
  socket.once("close", () => {
    clearTimeout(timer)
    reader.leave()
    reader.sessionEnded.removeEventListener("abort", onSessionEnd)
    services.drained.removeEventListener("abort", onDrained)
  })
  // The event `close` follows, and there is nobody to tell: clients break the protocol, and connections break.
  socket.on("error", (error) => services.logger.debug({ err: error }, "a socket failed"))
  heartbeat.watch(socket)
  paceReading(socket)
  whenAborted(reader.sessionEnded, onSessionEnd)
  whenAborted(services.drained, onDrained)
}

function whenAborted(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener()
  else signal.addEventListener("abort", listener)
}
