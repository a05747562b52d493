/** A socket server that does as it is told with each request, and a transport that asks it before it asks over HTTP. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { onTestFinished } from "vitest"
import { type WebSocket as ServerSocket, WebSocketServer } from "ws"
import { TabSocket } from "#lib/transports/socket/tab-socket.ts"
import { type Answer, answer, transportWith } from "../transport-to.ts"

/** A request as the server got it. */
export interface AskedFrame {
  frame: { type: string; requestId: string; id: string; after?: string; [field: string]: unknown }
  socket: ServerSocket
  say(frame: object): void
  /** Sends events `from` to `to`, counted from 1, numbered from 0 as each request's chunks are. */
  events(from: number, to: number, epoch?: number): void
}

export type Reply = (asked: AskedFrame) => void

export interface Prepared {
  /** for each request in turn; further ones get nothing */
  replies: Reply[]
  /** for each HTTP request in turn */
  answers?: Answer[]
  /** for each handshake in turn: false leaves it to `onRefused` (default: all are accepted) */
  accepts?: boolean[]
  onRefused?: (socket: Duplex, accept: () => void) => void
}

export const begins: Reply = ({ say, events }) => {
  say({ type: "start" })
  events(1, 6)
  say({ type: "end" })
}

/** Sends the rest after the position that was asked for. */
export const continues: Reply = ({ say, events, frame }) => {
  say({ type: "start", resume: "continued" })
  events(Number(frame.after?.split("-")[1]) + 1, 6)
  say({ type: "caught-up" })
  say({ type: "end" })
}

export async function socketTo({ replies, answers = [], accepts = [], onRefused = refuse }: Prepared) {
  const frames: AskedFrame["frame"][] = []
  const sockets: ServerSocket[] = []
  const changes = new EventTarget()
  const changed = () => changes.dispatchEvent(new Event("change"))
  let handshakes = 0
  const server = createServer()
  const accepting = new WebSocketServer({ noServer: true })
  server.on("upgrade", (request, duplex, head) => {
    handshakes += 1
    const accept = () => accepting.handleUpgrade(request, duplex, head, serve)
    if (accepts.shift() ?? true) accept()
    else onRefused(duplex, accept)
    changed()
  })

  function serve(socket: ServerSocket): void {
    sockets.push(socket)
    socket.on("close", changed)
    socket.on("message", (data) => {
      const frame: AskedFrame["frame"] = JSON.parse(String(data))
      frames.push(frame)
      if (frame.type !== "abort") replies.shift()?.(asked(socket, frame))
      changed()
    })
    changed()
  }

  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // it listens on TCP
  const tabSocket = new TabSocket(() => new WebSocket(`ws://127.0.0.1:${port}/api/ws`))
  const client = await transportWith({ loadSocket: async () => tabSocket }, answers)
  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(changes, "change")
  }
  return {
    ...client,
    frames,
    sockets,
    handshakes: () => handshakes,
    /** each frame's type and chat, without its ids */
    said: () => frames.map(({ type, id, after }) => [type, id, after].filter(Boolean).join(" ")),
    until,
  }
}

function asked(socket: ServerSocket, frame: AskedFrame["frame"]): AskedFrame {
  const say = (said: object) => socket.send(JSON.stringify({ requestId: frame.requestId, ...said }))
  let sequence = 0
  return {
    frame,
    socket,
    say,
    events(from, to, epoch = 1) {
      for (let seq = from; seq <= to; seq++)
        say({ type: "chunk", sequence: sequence++, chunk: answer[seq - 1], id: `${epoch}-${seq}` })
    },
  }
}

function refuse(socket: Duplex): void {
  socket.end("HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
}
