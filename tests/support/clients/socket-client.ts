/** A client that sends and reads frames as they are. */
import { once } from "node:events"
import type { UIMessageChunk } from "ai"

import type { WebSocket } from "ws"

export interface Frame {
  type: string
  requestId: string
  sequence?: number
  chunk?: UIMessageChunk
  id?: string
  resume?: string
  streamId?: string
  errorText?: string
  code?: string
  retryable?: boolean
  retryAfterSeconds?: number
}

export interface FrameClient {
  socket: WebSocket
  /** all frames so far, or those of one request */
  frames(requestId?: string): Frame[]
  send(frame: object | string | Buffer): void
  /** Waits for the first frame of a request that is of this type. */
  until(requestId: string, type: string): Promise<Frame>
  /** Waits until the text of a request contains this. */
  untilText(requestId: string, text: string): Promise<void>
  text(requestId: string): string
  /** Waits until the socket is closed. @returns its code */
  closed: Promise<number>
}

export function frameClient(socket: WebSocket): FrameClient {
  const all: Frame[] = []
  const closed = once(socket, "close").then(([code]) => Number(code))
  socket.on("message", (data) => all.push(JSON.parse(String(data))))

  async function until(isThere: () => boolean, what: string): Promise<void> {
    while (!isThere()) {
      const ended = await Promise.race([once(socket, "message").then(() => undefined), closed])
      if (ended !== undefined && !isThere())
        throw new Error(`the socket was closed with ${ended} before ${what}: ${JSON.stringify(all.slice(-5))}`)
    }
  }

  const client: FrameClient = {
    socket,
    closed,
    frames: (requestId) => all.filter((frame) => requestId === undefined || frame.requestId === requestId),
    send: (frame) => socket.send(typeof frame === "string" || frame instanceof Buffer ? frame : JSON.stringify(frame)),
    async until(requestId, type) {
      const found = () => client.frames(requestId).find((frame) => frame.type === type)
      await until(() => found() !== undefined, `${type} of ${requestId}`)
      return found() as Frame // just found
    },
    untilText: (requestId, text) => until(() => client.text(requestId).includes(text), text),
    text: (requestId) =>
      client
        .frames(requestId)
        .map(({ chunk }) => (chunk?.type === "text-delta" ? chunk.delta : ""))
        .join(""),
  }
  return client
}
