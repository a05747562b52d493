import { once } from "node:events"
import type { Duplex } from "node:stream"
import { beforeEach, expect, test, vi } from "vitest"
import { pass, timeFor, useFastClock } from "../fast-clock.ts"
import { type Answer, after, answer, ends, events, read } from "../transport-to.ts"
import { begins, continues, type Reply, socketTo } from "./socket-to.ts"

beforeEach(useFastClock)

const overHttp = events(1, 6, {}, ends)
const saysNothing: Reply = () => undefined
const starts: Reply = ({ say, events }) => {
  say({ type: "start" })
  events(1, 3)
}

test("F59 where sockets are refused, requests go over HTTP without another try, until five minutes later", async () => {
  const { send, requests, handshakes, said, states } = await socketTo({
    accepts: [false],
    answers: [overHttp, overHttp],
    replies: [begins],
  })
  expect(await read(await send())).toEqual(answer)
  expect(await read(await send())).toEqual(answer)
  expect([requests.length, handshakes()]).toEqual([2, 1])
  expect(states).toEqual(["live", "idle", "live", "idle"])
  await pass(5 * 60)
  expect(await read(await send())).toEqual(answer)
  expect([requests.length, handshakes(), said()]).toEqual([2, 2, ["send chat"]])
})

test("F59 a handshake without an answer holds a question up for three seconds; if it comes later, the next goes over the socket", async () => {
  let open = () => undefined as unknown
  const onRefused = (_: Duplex, accept: () => void) => {
    open = accept
  }
  const { send, requests, sockets, until, said } = await socketTo({
    accepts: [false],
    onRefused,
    answers: [overHttp],
    replies: [begins],
  })
  expect(await read(await timeFor(send()))).toEqual(answer)
  expect([requests, said()]).toEqual([["POST /api/chat"], []])
  open()
  await until(() => sockets.length === 1)
  await vi.waitFor(() => pass(1)) // the client hears of it, too
  expect(await read(await send())).toEqual(answer)
  expect([requests.length, said()]).toEqual([1, ["send chat"]])
})

test("F59 a socket that opens but carries nothing is given up, and the same question goes over HTTP", async () => {
  const { send, requests, bodies, frames, handshakes } = await socketTo({
    replies: [saysNothing],
    answers: [overHttp, overHttp],
  })
  expect(await read(await timeFor(send()))).toEqual(answer)
  const turn = JSON.parse(bodies[0] ?? "")
  expect(frames[0]).toEqual({ ...turn, type: "send", requestId: expect.anything(), caughtUp: true })
  expect(await read(await send())).toEqual(answer)
  expect([requests.length, handshakes()]).toEqual([2, 1])
})

test("a socket that worked and has died without a sign is replaced, and the same question goes over the next one", async () => {
  const { send, requests, frames, handshakes } = await socketTo({ replies: [begins, saysNothing, begins] })
  await read(await send())
  expect(await read(await timeFor(send()))).toEqual(answer)
  const [, lost, , repeated] = frames
  expect(repeated).toEqual({ ...lost, requestId: expect.anything() })
  expect([requests, handshakes()]).toEqual([[], 2])
})

test.each([1008, 1009])("a socket that is closed for what was sent on it (%i) is not sent that again", async (code) => {
  const refuses: Reply = ({ socket }) => socket.close(code)
  const { send, requests, handshakes } = await socketTo({ replies: [begins, refuses], answers: [overHttp] })
  await read(await send())
  expect(await read(await send())).toEqual(answer)
  expect([requests, handshakes()]).toEqual([["POST /api/chat"], 1])
})

test("while nothing is reached, each attempt tries the socket first, and the answer comes over it in the end", async () => {
  const breaks: Reply = (asked) => {
    starts(asked)
    asked.socket.terminate()
  }
  const dies: Answer = (response) => void response.destroy()
  const { send, requests, handshakes, said } = await socketTo({
    accepts: [true, false, false, true],
    replies: [breaks, continues],
    answers: [dies, dies],
  })
  expect(await read(await timeFor(send()))).toEqual(answer)
  expect([requests.length, handshakes()]).toEqual([2, 4])
  expect(said()).toEqual(["send chat", "resume chat 1-3"])
})

test("a server that shuts down is asked over another socket, while what runs on the first one goes on", async () => {
  const running = Promise.withResolvers<Parameters<Reply>[0]>()
  const { send, handshakes, requests } = await socketTo({
    replies: [
      running.resolve,
      ({ say }) => say({ type: "error", errorText: "Soon.", code: "shutting_down", retryable: true }),
      begins,
    ],
  })
  const first = send("first")
  starts(await running.promise)
  const { rest } = await after(3, await first)
  expect(await read(await timeFor(send()))).toEqual(answer)
  ;(await running.promise).events(4, 6)
  expect(await rest).toEqual(answer.slice(3))
  expect([handshakes(), requests]).toEqual([2, []])
})

test("a session that has ended is noticed by the next handshake's refusal, over HTTP", async () => {
  const signsOut: Reply = (asked) => {
    starts(asked)
    asked.socket.close(4401)
  }
  const unauthenticated: Answer = (response) => {
    const error = { code: "session_invalid", message: "Sign in.", requestId: "x", retryable: false }
    response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify({ error }))
  }
  const { send } = await socketTo({ accepts: [true, false], replies: [signsOut], answers: [unauthenticated] })
  await expect(read(await send())).rejects.toMatchObject({ code: "session_invalid", message: "Sign in." })
})

test("F28 a request silent for 20 s continues over another socket, if nothing else was heard on its own", async () => {
  const { send, said, handshakes, requests } = await socketTo({ replies: [starts, continues] })
  const { rest } = await after(3, await send())
  await pass(19)
  expect(said()).toEqual(["send chat"])
  expect(await timeFor(rest)).toEqual(answer.slice(3))
  expect([said().at(-1), handshakes(), requests]).toEqual(["resume chat 1-3", 2, []])
})

test("F28 heartbeats count as traffic", async () => {
  const running = Promise.withResolvers<Parameters<Reply>[0]>()
  const { send, said } = await socketTo({ replies: [running.resolve] })
  const asked = send()
  const { say, events, socket } = await running.promise
  starts(await running.promise)
  const { rest } = await after(3, await asked)
  for (let beat = 1; beat <= 3; beat++) {
    await pass(15)
    say({ type: "heartbeat" })
    const heard = once(socket, "pong")
    socket.ping()
    await heard
  }
  events(4, 6)
  expect(await rest).toEqual(answer.slice(3))
  expect(said()).toEqual(["send chat"])
})

test("an idle socket is closed after a minute, and one that slept is replaced", async () => {
  const { send, sockets, until, handshakes } = await socketTo({ replies: [begins, begins, begins, begins] })
  await read(await send())
  await pass(55)
  expect(await read(await send())).toEqual(answer)
  expect(handshakes()).toBe(1)
  await pass(61)
  await until(() => sockets[0]?.readyState === WebSocket.CLOSED)
  await read(await send())
  // A sleep stops every timer, while the clock runs on.
  vi.setSystemTime(Date.now() + 8 * 3_600_000)
  expect(await read(await send("slept"))).toEqual(answer)
  expect(handshakes()).toBe(3)
})
