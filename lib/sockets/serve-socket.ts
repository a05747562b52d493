import type { IncomingMessage } from "node:http"
import type { RawData, WebSocket } from "ws"
import type { Asker } from "#lib/auth/session.ts"
import { ChatError, type ErrorCode } from "#lib/errors.ts"
import type { Services } from "#lib/services.ts"
import { closeCodes } from "./attach-socket.ts"
import { type ClientFrame, parseClientFrame, type ResumeFrame, type SendFrame } from "./client-frame.ts"
import { frameOutbox } from "./frame-outbox.ts"
import { serveRequest } from "./serve-request.ts"
import { errorFrame, type ServerFrame } from "./server-frame.ts"
import { ticker } from "./ticker.ts"

/** The most requests that may run on a socket at once. */
const maxRequests = 50
/** Our own client hears of each of its requests at least at every second tick, so every 10 s. */
const sharedTicks = ticker(5_000)

interface RunningRequest {
  leaving: AbortController
  wantsHeartbeats: boolean
  /** whether nothing was sent since the last tick */
  isSilent: boolean
}

/**
 * Serves the protocol of the AI SDK's `WebSocketChatTransport` on an open socket. Leaving a request, or the socket, never
 * stops an answer.
 * @param request the handshake, if the connection is this process's own
 */
export function serveSocket(
  socket: WebSocket,
  { services, user, request }: { services: Services; user: Asker; request?: IncomingMessage },
  onTick = sharedTicks,
): void {
  const requests = new Map<string, RunningRequest>()
  const outbox = frameOutbox(socket, { connection: request?.socket })

  function receive(data: RawData, isBinary: boolean): void {
    if (socket.readyState !== socket.OPEN) return
    const frame = isBinary ? undefined : frameIn(data)
    if (!frame) {
      refuse("", "invalid_frame")
      socket.close(closeCodes.invalidFrame, "invalid_frame")
    } else if (frame.type === "abort") requests.get(frame.requestId)?.leaving.abort()
    else if (requests.has(frame.requestId)) refuse(frame.requestId, "duplicate_id")
    else if (requests.size >= maxRequests) refuse(frame.requestId, "too_many_subscriptions")
    else void run(frame)
  }

  function refuse(requestId: string, code: ErrorCode): void {
    outbox.send(errorFrame(requestId, new ChatError(code)))
  }

  async function run(frame: SendFrame | ResumeFrame): Promise<void> {
    const leaving = new AbortController()
    const request = { leaving, wantsHeartbeats: frame.caughtUp, isSilent: false }
    requests.set(frame.requestId, request)
    const send = (sent: ServerFrame) => {
      request.isSilent = false
      outbox.send(sent)
    }
    const reconnect = () => socket.close(closeCodes.restarting, "stream_reset")
    const { untilWritable } = outbox
    await serveRequest(frame, { services, user, send, untilWritable, reconnect, leaving: leaving.signal })
    requests.delete(frame.requestId)
  }

  function sendHeartbeats(): void {
    for (const [requestId, request] of requests) {
      if (request.wantsHeartbeats && request.isSilent) outbox.send({ type: "heartbeat", requestId })
      request.isSilent = true
    }
  }

  socket.on("message", receive)
  const stopTicking = onTick(sendHeartbeats)
  socket.once("close", () => {
    stopTicking()
    for (const { leaving } of requests.values()) leaving.abort()
  })
}

function frameIn(data: RawData): ClientFrame | undefined {
  try {
    return data instanceof Buffer ? parseClientFrame(data) : undefined
  } catch {
    // Whatever it is, the client hears that it is no frame.
    return undefined
  }
}
