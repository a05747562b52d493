import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { UIMessageChunk } from "ai"
import { expect, onTestFinished, test } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { ChatProblem, StreamReset } from "#lib/transports/chat-problem.ts"
import { type ConnectionState, ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"

type Answer = (response: ServerResponse, request: IncomingMessage & { body: string }) => void

const question: ChatMessage = { id: "question", role: "user", parts: [{ type: "text", text: "hello" }] }
const answer: UIMessageChunk[] = [
  { type: "start", messageId: "answer" },
  { type: "text-start", id: "0" },
  { type: "text-delta", id: "0", delta: "one " },
  { type: "text-delta", id: "0", delta: "two" },
  { type: "text-end", id: "0" },
  { type: "finish" },
]

/** Events `from` to `to`, counted from 1, then whatever the ending does. */
function events(
  from: number,
  to: number,
  headers: Record<string, string>,
  end: (response: ServerResponse) => void,
): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream", ...headers })
    for (let seq = from; seq <= to; seq++) response.write(`id: 1-${seq}\ndata: ${JSON.stringify(answer[seq - 1])}\n\n`)
    end(response)
  }
}
const ends = (response: ServerResponse) => response.end("data: [DONE]\n\n")
const closesEarly = (response: ServerResponse) => response.end()
const breaks = (response: ServerResponse) => void setImmediate(() => response.destroy())

/** A server that gives these answers in turn, and a transport that asks it. */
async function transportTo(...answers: Answer[]) {
  const requests: string[] = []
  const bodies: string[] = []
  const states: ConnectionState[] = []
  let reconnections = 0
  const server = createServer(async (request, response) => {
    let body = ""
    for await (const bytes of request) body += bytes
    requests.push(`${request.method} ${request.url}`)
    bodies.push(body)
    answers.shift()?.(response, Object.assign(request, { body }))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/chat`
  const transport = new ResilientChatTransport({
    agent: "assistant",
    api,
    onConnectionChange: (state) => states.push(state),
    onReconnected: () => {
      reconnections++
    },
  })
  const send = () =>
    transport.sendMessages({
      trigger: "submit-message",
      chatId: "chat",
      messageId: undefined,
      messages: [question],
      abortSignal: undefined,
    })
  return { transport, send, requests, bodies, states, reconnections: () => reconnections }
}

async function read(stream: ReadableStream<UIMessageChunk> | null): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = []
  const reader = stream?.getReader()
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) chunks.push(next.value)
  return chunks
}

test("only the new message is sent, and the answer comes as it is", async () => {
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
])("a stream that %s is followed on from where it was, and nobody notices", async (_, ending) => {
  const continued = { "x-resume": "continued" }
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

test.each(["reset", "stored"])(
  "what cannot be continued (%s) is begun anew by the reader, not mixed",
  async (resume) => {
    const { send } = await transportTo(events(1, 3, {}, breaks), events(1, 6, { "x-resume": resume }, ends))
    await expect(read(await send())).rejects.toBeInstanceOf(StreamReset)
  },
)

test("F34 a POST that got no answer is repeated with the same message", async () => {
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

test("where nothing is to be followed there is no stream and no toast", async () => {
  const { transport, reconnections } = await transportTo((response) => response.writeHead(204).end())
  expect(await transport.reconnectToStream({ chatId: "chat" })).toBeNull()
  expect(reconnections()).toBe(0)
})

test("a reader that goes away ends its request", async () => {
  const gone = Promise.withResolvers<void>()
  const { send } = await transportTo((response) => {
    response.on("close", () => gone.resolve())
    events(1, 3, {}, () => undefined)(response, {} as never)
  })
  const reader = (await send()).getReader()
  await reader.read()
  await reader.cancel()
  await gone.promise
})
