/** What a page sends and receives on its sockets, and what it asks for over HTTP beside them. */
import type { Page } from "@playwright/test"

export interface SeenFrame {
  way: "sent" | "received"
  type: string
  requestId: string
  /** of the chat, in a request */
  id?: string
}

export interface SeenTraffic {
  /** one list of frames for each socket that was opened */
  sockets: SeenFrame[][]
  /** requests for an answer that went over HTTP */
  answersOverHttp: string[]
}

export function watchTraffic(page: Page): SeenTraffic {
  const seen: SeenTraffic = { sockets: [], answersOverHttp: [] }
  page.on("websocket", (socket) => {
    const frames: SeenFrame[] = []
    seen.sockets.push(frames)
    const note = (way: SeenFrame["way"]) => (event: { payload: string | Buffer }) =>
      void frames.push({ way, ...JSON.parse(String(event.payload)) })
    socket.on("framesent", note("sent"))
    socket.on("framereceived", note("received"))
  })
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/chat") seen.answersOverHttp.push(request.method())
  })
  return seen
}

/** The requests on a socket, with the number of their chunks. */
export function requestsOn(frames: SeenFrame[] = []): { type: string; chat: string | undefined; chunks: number }[] {
  return frames
    .filter(({ way, type }) => way === "sent" && type !== "abort")
    .map(({ type, id, requestId }) => ({
      type,
      chat: id,
      chunks: frames.filter((frame) => frame.type === "chunk" && frame.requestId === requestId).length,
    }))
}
