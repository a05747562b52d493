/**
 * Followers for measurements that cost the machine as little as they can: they keep what comes, and look at it once
 * nothing is measured any more.
 */
import { once } from "node:events"
import { request } from "node:http"
import { WebSocket } from "ws"
import type { Pace } from "./timed-model.ts"
import { timedAnswer } from "./timed-reader.ts"

/** Follows chats on one connection. */
export interface Follower {
  caughtUp: Promise<void>
  ended: Promise<void>
  /** events that came so far; what was there before it came counts as few */
  readonly events: number
  /** @throws if an answer is not what the model sent */
  expectWhole(pace: Pace): void
}

/** Follows each chat over a connection of its own. */
export function followOverSse(url: string, cookie: string, chats: string[]): Follower[] {
  return chats.map((chat) => {
    const pieces: Buffer[] = []
    const caughtUp = Promise.withResolvers<void>()
    async function read(): Promise<void> {
      const address = `${url}/api/chat?chatId=${chat}`
      const asked = request(address, { headers: { cookie }, agent: false }).end()
      const [response] = await once(asked, "response")
      if (response.statusCode !== 200) throw new Error(`${response.statusCode} for a follower`)
      let isLive = false
      response.on("data", (piece: Buffer) => {
        pieces.push(piece)
        if (isLive || !piece.includes(": caught-up")) return
        isLive = true
        caughtUp.resolve()
      })
      await once(response, "end")
    }
    const dataLines = () =>
      Buffer.concat(pieces)
        .toString()
        .split("\n")
        .filter((line) => line.startsWith("data: {"))
    return {
      caughtUp: caughtUp.promise,
      ended: read(),
      get events() {
        return dataLines().length
      },
      expectWhole: (pace) =>
        expectWhole(
          pace,
          dataLines().map((line) => JSON.parse(line.slice(6))),
        ),
    }
  })
}

/** Follows all chats over one socket. */
export function followOverSocket(url: string, cookie: string, chats: string[]): Follower[] {
  const frames: Buffer[] = []
  const caughtUp = Promise.withResolvers<void>()
  async function read(): Promise<void> {
    const address = `${url.replace(/^http/, "ws")}/api/ws`
    const socket = new WebSocket(address, { headers: { cookie, origin: url }, perMessageDeflate: false })
    await once(socket, "open")
    let behind = chats.length
    let running = chats.length
    socket.on("message", (frame: Buffer) => {
      frames.push(frame)
      if (frame.includes('"type":"caught-up"') && --behind === 0) caughtUp.resolve()
      if (frame.includes('"type":"end"') && --running === 0) socket.close()
    })
    for (const id of chats) socket.send(JSON.stringify({ type: "resume", requestId: id, id, caughtUp: true }))
    await once(socket, "close")
  }
  const parsedFrames = () => frames.map((frame) => JSON.parse(String(frame))).filter(({ type }) => type === "chunk")
  return [
    {
      caughtUp: caughtUp.promise,
      ended: read(),
      get events() {
        return parsedFrames().length
      },
      expectWhole(pace) {
        const parsed = parsedFrames()
        for (const id of chats)
          expectWhole(
            pace,
            parsed.filter(({ requestId }) => requestId === id).map(({ chunk }) => chunk),
          )
      },
    },
  ]
}

function expectWhole(pace: Pace, chunks: { type: string; delta?: string }[]): void {
  const answer = timedAnswer(pace)
  for (const chunk of chunks) answer.add(chunk)
  answer.expectWhole()
}
