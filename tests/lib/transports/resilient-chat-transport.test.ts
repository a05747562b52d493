import { Chat } from "@ai-sdk/react"
import { expect, test } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { ChatProblem, StreamReset } from "#lib/transports/chat-problem.ts"
import {
  answer,
  breaks,
  closesEarly,
  continued,
  ends,
  events,
  question,
  read,
  staysOpen,
  transportTo,
} from "./transport-to.ts"

test("only the new message is sent, and the answer arrives unchanged", async () => {
  const { send, bodies, states } = await transportTo(events(1, 6, {}, ends))
  expect(await read(await send())).toEqual(answer)
  expect(JSON.parse(bodies[0] ?? "")).toEqual({
    id: "chat",
    agent: "assistant",
    trigger: "submit-message",
    message: { id: "question", role: "user", parts: question.parts },
  })
  expect(states).toEqual(["live", "idle"])
})

test.each([
  ["breaks", breaks],
  ["ends without its last event", closesEarly],
])("a stream that %s is resumed at its position, and readers notice nothing", async (_, ending) => {
  const { send, requests, states, reconnections } = await transportTo(
    events(1, 3, {}, ending),
    events(4, 4, continued, ending),
    events(5, 6, continued, ends),
  )
  expect(await read(await send())).toEqual(answer)
  expect(requests).toEqual([
    "POST /api/chat",
    "GET /api/chat?chatId=chat&after=1-3",
    "GET /api/chat?chatId=chat&after=1-4",
  ])
  expect(states).toEqual(["live", "reconnecting", "live", "reconnecting", "live", "idle"])
  expect(reconnections()).toBe(2)
})

test("a reader that comes back names the stream it was in: a newer answer numbers its events from 1, too", async () => {
  const { send, requests } = await transportTo(
    events(1, 3, { "x-stream-id": "old" }, closesEarly),
    events(4, 6, { ...continued, "x-stream-id": "old" }, ends),
  )
  expect(await read(await send())).toEqual(answer)
  expect(requests[1]).toBe("GET /api/chat?chatId=chat&after=1-3&streamId=old")
})

test("F1 readers are told that another server continues the answer, even over further connections", async () => {
  const { send, states } = await transportTo(
    events(1, 3, {}, breaks),
    events(4, 4, continued, breaks, 2),
    events(5, 6, continued, ends, 2),
  )
  expect(await read(await send())).toEqual(answer)
  expect(states).toEqual(["live", "reconnecting", "live", "taken-over", "reconnecting", "taken-over", "idle"])
})

test.each(["reset", "stored"])(
  "a stream that cannot be resumed (%s) is reset in the reader, not mixed",
  async (resume) => {
    const { send } = await transportTo(events(1, 3, {}, breaks), events(1, 6, { "x-resume": resume }, ends))
    await expect(read(await send())).rejects.toBeInstanceOf(StreamReset)
  },
)

test("F34 a POST without a response is repeated with the same message", async () => {
  const { send, bodies } = await transportTo((response) => response.destroy(), events(1, 6, {}, ends))
  expect(await read(await send())).toEqual(answer)
  expect(bodies[0]).toBe(bodies[1])
})

test("a refusal is thrown with its code and sentence", async () => {
  const { send } = await transportTo((response) => {
    const error = { code: "generation_running", message: "Wait.", retryable: true, streamId: "stream" }
    response.writeHead(409, { "content-type": "application/json" }).end(JSON.stringify({ error }))
  })
  const refused = await send().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ChatProblem)
  expect(refused).toMatchObject({ code: "generation_running", message: "Wait.", isRetryable: true, streamId: "stream" })
})

test("when there is nothing to follow there is no stream and no toast", async () => {
  const { transport, reconnections } = await transportTo((response) => response.writeHead(204).end())
  expect(await transport.reconnectToStream({ chatId: "chat" })).toBeNull()
  expect(reconnections()).toBe(0)
})

test("a reader that leaves while it waits aborts its request", async () => {
  const { send, open } = await transportTo(events(1, 3, {}, staysOpen))
  const reader = (await send()).getReader()
  for (let event = 1; event <= 3; event++) await reader.read()
  await open(1)
  await reader.cancel()
  await open(0)
})

test("F18 a temporarily unavailable server is asked again, and the stream continues", async () => {
  const { send, states } = await transportTo(
    events(1, 3, {}, breaks),
    (response) => response.writeHead(503).end(),
    events(4, 6, continued, ends),
  )
  expect(await read(await send())).toEqual(answer)
  expect(states).toEqual(["live", "reconnecting", "reconnecting", "live", "idle"])
})

test("F53 unknown content from a newer server is skipped, and no known content is lost", async () => {
  const { send } = await transportTo((response) => {
    const write = (text: string) => response.write(`${text}\n\n`)
    response.writeHead(200, { "content-type": "text/event-stream" })
    write(": a comment line of the future")
    write("retry: 10")
    for (const [index, chunk] of answer.entries()) {
      write(`event: weather\ndata: sunny`)
      write(`data: no JSON, and no event that is known`)
      write(`id: 1-${2 * index + 1}\ndata: ${JSON.stringify({ type: "mood", mood: "bright" })}`)
      write(`id: 1-${2 * index + 2}\nfuture: line\ndata: ${JSON.stringify({ ...chunk, future: { field: 1 } })}`)
    }
    ends(response)
  })
  const chat = new Chat<ChatMessage>({ transport: { ...unused, sendMessages: () => send() } })
  await chat.sendMessage({ text: "hello" })
  expect([chat.status, chat.error]).toEqual(["ready", undefined])
  expect(chat.lastMessage?.parts).toMatchObject([{ type: "text", text: "one two" }])
})

test("F53 a data part that no component knows is kept, and harms nothing", async () => {
  const withData = [...answer.slice(0, 5), { type: "data-weather", id: "0", data: { sky: "blue" } }, ...answer.slice(5)]
  const { send } = await transportTo((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    for (const [index, chunk] of withData.entries())
      response.write(`id: 1-${index + 1}\ndata: ${JSON.stringify(chunk)}\n\n`)
    ends(response)
  })
  const chat = new Chat<ChatMessage>({ transport: { ...unused, sendMessages: () => send() } })
  await chat.sendMessage({ text: "hello" })
  expect([chat.status, chat.error]).toEqual(["ready", undefined])
  expect(chat.lastMessage?.parts).toMatchObject([{ text: "one two" }, { type: "data-weather", data: { sky: "blue" } }])
})

const unused = { reconnectToStream: () => Promise.resolve(null) }
