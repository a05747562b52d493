import { expect, test } from "vitest"
import { ChatProblem, StreamReset } from "#lib/transports/chat-problem.ts"
import { after, answer, question, read } from "../transport-to.ts"
import { type AskedFrame, begins, continues, type Reply, socketTo } from "./socket-to.ts"

const uuid = expect.stringMatching(/^[\da-f-]{36}$/)
const rest = (from: number) => answer.slice(from)

test("a question goes over the socket with the fields of the POST, and its answer arrives unchanged", async () => {
  const { send, frames, requests, states, taken } = await socketTo({ replies: [begins] })
  expect(await read(await send())).toEqual(answer)
  expect(frames).toEqual([
    {
      type: "send",
      requestId: uuid,
      id: "chat",
      agent: "assistant",
      trigger: "submit-message",
      message: { id: "question", role: "user", parts: question.parts },
      caughtUp: true,
    },
  ])
  expect([requests, taken]).toEqual([[], ["chat"]])
  expect(states).toEqual(["live", "idle"])
})

const cuts: [string, (socket: AskedFrame["socket"]) => void][] = [
  ["is cut", (socket) => socket.terminate()],
  ["fails", (socket) => socket.close(1011)],
  ["drains", (socket) => socket.close(1012)],
]
const positions = [1, 2, 3, 4, 5]

test.each(cuts.flatMap(([how, cut]) => positions.map((position) => ({ how, cut, position }))))(
  "a socket that $how after event $position is replaced, and the answer continues at that position",
  async ({ cut, position }) => {
    const breaks: Reply = ({ say, events, socket }) => {
      say({ type: "start" })
      events(1, position)
      cut(socket)
    }
    const { send, frames, requests, handshakes } = await socketTo({ replies: [breaks, continues] })
    expect(await read(await send())).toEqual(answer)
    expect(frames[1]).toEqual({
      type: "resume",
      requestId: uuid,
      id: "chat",
      after: `1-${position}`,
      stored: true,
      caughtUp: true,
    })
    expect([handshakes(), requests]).toEqual([2, []])
  },
)

test("a question whose socket broke before the answer is sent again over the next one, under the same id", async () => {
  const { send, frames, requests } = await socketTo({ replies: [begins, ({ socket }) => socket.terminate(), begins] })
  await read(await send("first"))
  expect(await read(await send())).toEqual(answer)
  const [, lost, repeated] = frames
  expect(repeated).toEqual({ ...lost, requestId: uuid })
  expect(requests).toEqual([])
})

test.each([
  ["a gap", (say: AskedFrame["say"]) => say({ type: "chunk", sequence: 4, chunk: answer[4], id: "1-5" })],
  ["a repeated chunk", (say: AskedFrame["say"]) => say({ type: "chunk", sequence: 2, chunk: answer[2], id: "1-3" })],
  ["a chunk without a number", (say: AskedFrame["say"]) => say({ type: "chunk", chunk: answer[3], id: "1-4" })],
  ["an error", (say: AskedFrame["say"]) => say({ type: "error", errorText: "Slow.", code: "x", retryable: true })],
  ["an end without the last event", (say: AskedFrame["say"]) => say({ type: "end" })],
])("%s ends one request, which continues at its position; another chat on the socket goes on", async (_, spoil) => {
  const other = Promise.withResolvers<AskedFrame>()
  const spoils: Reply = ({ say, events }) => {
    say({ type: "start" })
    events(1, 3)
    spoil(say)
  }
  const { transport, send, frames, handshakes } = await socketTo({ replies: [other.resolve, spoils, continues] })
  const asked = transport.sendMessages({
    trigger: "submit-message",
    chatId: "other",
    messageId: undefined,
    messages: [{ ...question, id: "another" }],
    abortSignal: undefined,
  })
  const { say, events } = await other.promise
  say({ type: "start" })
  events(1, 2)
  const { rest: others } = await after(2, await asked)
  expect(await read(await send())).toEqual(answer)
  events(3, 6)
  say({ type: "end" })
  expect(await others).toEqual(rest(2))
  expect(frames.filter(({ type }) => type === "resume")).toMatchObject([{ id: "chat", after: "1-3" }])
  expect(handshakes()).toBe(1)
})

test.each(["reset", "stored"])("an answer that cannot be continued (%s) is reset, not mixed", async (resume) => {
  const breaks: Reply = ({ say, events, socket }) => {
    say({ type: "start" })
    events(1, 3)
    socket.terminate()
  }
  const startsOver: Reply = ({ say, events }) => {
    say({ type: "start", resume })
    events(1, 5)
  }
  const { send, frames, until } = await socketTo({ replies: [breaks, startsOver] })
  await expect(read(await send())).rejects.toBeInstanceOf(StreamReset)
  await until(() => frames.at(-1)?.type === "abort")
  expect(frames.at(-1)?.requestId).toBe(frames[1]?.requestId)
})

test("a refusal is thrown with its code and sentence", async () => {
  const { send } = await socketTo({
    replies: [
      ({ say }) =>
        say({
          type: "error",
          errorText: "Wait.",
          code: "generation_running",
          retryable: true,
          streamId: "stream",
        }),
    ],
  })
  const refused = await send().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ChatProblem)
  expect(refused).toMatchObject({ code: "generation_running", message: "Wait.", isRetryable: true, streamId: "stream" })
})

test("when there is nothing to follow there is no stream and no toast", async () => {
  const { transport, reconnections } = await socketTo({ replies: [({ say }) => say({ type: "no-active" })] })
  expect(await transport.reconnectToStream({ chatId: "chat" })).toBeNull()
  expect(reconnections()).toBe(0)
})

test("F33 a hidden tab leaves its request, and resumes on the same socket when it is shown", async () => {
  const hangs: Reply = ({ say, events }) => {
    say({ type: "start" })
    events(1, 3)
  }
  const { send, tab, said, until, frames, handshakes } = await socketTo({ replies: [hangs, continues] })
  const { rest: others } = await after(3, await send())
  tab.hide()
  await until(() => frames.at(-1)?.type === "abort")
  tab.show()
  expect(await others).toEqual(rest(3))
  expect(said()).toEqual(["send chat", "abort", "resume chat 1-3"])
  expect(handshakes()).toBe(1)
})

test("a reader that leaves aborts its request, not the socket", async () => {
  const hangs: Reply = ({ say, events }) => {
    say({ type: "start" })
    events(1, 3)
  }
  const { send, until, frames, sockets } = await socketTo({ replies: [hangs] })
  const reader = (await send()).getReader()
  for (let event = 1; event <= 3; event++) await reader.read()
  await reader.cancel()
  await until(() => frames.at(-1)?.type === "abort")
  expect(frames.at(-1)?.requestId).toBe(frames[0]?.requestId)
  expect(sockets[0]?.readyState).toBe(WebSocket.OPEN)
})

test("F53 frames of a newer server are skipped", async () => {
  const { send } = await socketTo({
    replies: [
      ({ say, socket, frame: { requestId } }) => {
        socket.send("no JSON")
        socket.send(JSON.stringify({ type: "weather" }))
        say({ type: "start", future: { field: 1 } })
        say({ type: "chunk", requestId: "of another page", sequence: 7, chunk: answer[0] })
        let sequence = 0
        for (const [index, chunk] of answer.entries()) {
          say({ type: "weather", sky: "blue" })
          say({ type: "chunk", sequence: sequence++, id: `1-${2 * index + 1}`, chunk: "no chunk" })
          say({ type: "chunk", sequence: sequence++, id: `1-${2 * index + 2}`, chunk, requestId, future: 1 })
        }
      },
    ],
  })
  expect(await read(await send())).toEqual(answer)
})
