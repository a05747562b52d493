/**
 * A model provider for tests: a real server on 127.0.0.1 that speaks OpenAI's chat completions with prepared answers.
 * Whoever runs in another process (a browser test's worker) steers it over HTTP: `GET /control/requests`,
 * `POST /control/answer` with an `Answer`, `POST /control/hold`, `POST /control/release` with `{"words": 3}` or nothing.
 */
import { EventEmitter, once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import { z } from "zod"
import { dialects } from "../dialects/all.ts"
import { plainAnswer, type WirePiece } from "../dialects/dialect.ts"
import { speak } from "../dialects/speak.ts"
import { breakOff, breaks, refusals, refuse, sendJson } from "./openai-faults.ts"
import {
  doneLine,
  finishChunk,
  reasoningChunk,
  textChunk,
  toolCallChunks,
  usageChunk,
  usageOf,
  wholeCompletion,
  wordsOf,
} from "./openai-wire.ts"

const answerSchema = z.object({
  text: z.string().default("one two three four"),
  /** thoughts before the text, once a turn */
  reasoning: z.string().optional(),
  /** asked for once a turn: the call after the tool's result gets the text */
  toolCall: z
    .object({ name: z.string(), arguments: z.union([z.record(z.string(), z.unknown()), z.string()]) })
    .optional(),
  /** how often that tool is asked for at once */
  toolCallTimes: z.number().default(1),
  /** UTF-16 units a chunk, so that 1 splits surrogate pairs; default: word by word */
  chunkChars: z.number().optional(),
  /** how it says that it has ended; default: as it should */
  finishReason: z.string().optional(),
  /** instead of an answer, as a server of this kind puts it */
  refusal: z
    .object({ status: z.number(), body: z.unknown(), headers: z.record(z.string(), z.string()).default({}) })
    .optional(),
  /** the dialect of `dialects/all.ts` to answer in; after a tool's result, a plain "Hello world." */
  dialect: z.string().optional(),
  /** the fault: instead of the answer, or after `faultAfterWords` of it */
  fault: z.enum([...refusals, ...breaks]).optional(),
  faultAfterWords: z.number().default(2),
  /** of "rate-limited" and "overloaded" */
  retryAfterSeconds: z.number().default(1),
  /** the error text of a failing provider, with room for a secret that must not leak */
  errorText: z.string().default("The provider failed with key sk-test-0123456789abcdef."),
})
export type Answer = z.input<typeof answerSchema>
type FullAnswer = z.output<typeof answerSchema>

const requestSchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  stream_options: z.object({ include_usage: z.boolean() }).optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
})

export interface RecordedRequest {
  body: z.output<typeof requestSchema>
  headers: Record<string, string | string[] | undefined>
  /** the text of the last user message */
  question: string
  /** "left": the connection was closed before the end, by the client or by a fault */
  state: "running" | "answered" | "left"
  /** it got a fault instead of an answer, so the client may ask again */
  isRefused: boolean
}

export interface OpenAiServerOptions {
  /** default 0: any free one */
  port?: number
  /** one answer for every prompt, or chosen by the question; default "one two three four" */
  answer?: string | Answer | ((request: RecordedRequest) => string | Answer)
  /** between two words; default 0 */
  paceMs?: number
  /** no word goes out before `release`; default false */
  held?: boolean
}

export interface OpenAiServer {
  /** the value for OPENAI_BASE_URL, ending in /v1 */
  readonly url: string
  /** how often a completion was asked for, retries included */
  readonly calls: number
  readonly requests: RecordedRequest[]
  /** Answers differently from the next request on. */
  answerWith(answer: NonNullable<OpenAiServerOptions["answer"]>): void
  hold(): void
  /** Releases `count` words to whichever answer asks first (default: all there will ever be). */
  release(words?: number): void
  /** Resolves once `times` requests have arrived (default 1). */
  called(times?: number): Promise<void>
  /** Resolves once the request was answered or its asker has left. */
  ended(request: RecordedRequest): Promise<void>
  close(): Promise<void>
}

export async function startOpenAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const requests: RecordedRequest[] = []
  const changes = new EventEmitter().setMaxListeners(0)
  const closing = new AbortController()
  let answer = options.answer ?? {}
  let released = options.held ? 0 : Number.POSITIVE_INFINITY

  async function until(isSo: () => boolean, signal: AbortSignal = closing.signal): Promise<void> {
    while (!isSo()) await once(changes, "change", { signal })
  }

  const controls = {
    answerWith(next: typeof answer) {
      answer = next
    },
    hold() {
      released = 0
    },
    release(words = Number.POSITIVE_INFINITY) {
      released += words
      changes.emit("change")
    },
  }

  async function nextWord(signal: AbortSignal): Promise<void> {
    await until(() => released > 0 && released-- > 0, signal)
    if (options.paceMs) await sleep(options.paceMs, undefined, { signal })
  }

  async function complete(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await recordOf(incoming)
    const left = new AbortController()
    requests.push(request)
    response.on("close", () => {
      request.state = response.writableFinished ? "answered" : "left"
      left.abort()
      changes.emit("change")
    })
    changes.emit("change")
    await respond(response, request, {
      answer: answerTo(request, answer),
      nextWord: () => nextWord(left.signal),
      forEver: () => until(() => false, left.signal),
    })
  }

  const server = createServer((incoming, response) => {
    const route = `${incoming.method} ${incoming.url}`
    const handled =
      route === "POST /v1/chat/completions" ? complete(incoming, response) : control(route, incoming, response)
    handled.catch((error: unknown) => giveUp(response, error))
  })

  async function control(route: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming)
    if (route === "POST /control/answer") controls.answerWith(answerSchema.parse(body))
    else if (route === "POST /control/hold") controls.hold()
    else if (route === "POST /control/release") controls.release(releaseSchema.parse(body ?? {}).words)
    else if (route !== "GET /control/requests")
      return void sendJson(response, 404, { error: { message: "no such route" } })
    sendJson(response, 200, requests)
  }

  server.listen(options.port ?? 0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" && address ? address.port : 0

  return {
    ...controls,
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    get calls() {
      return requests.length
    },
    called: (times = 1) => until(() => requests.length >= times),
    ended: (request) => until(() => request.state !== "running"),
    async close() {
      closing.abort()
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

const releaseSchema = z.object({ words: z.number().optional() })

interface Telling {
  answer: FullAnswer
  nextWord(): Promise<void>
  forEver(): Promise<void>
}

async function respond(response: ServerResponse, request: RecordedRequest, telling: Telling): Promise<void> {
  const { answer } = telling
  if (answer.refusal) {
    request.isRefused = true
    return void sendJson(response, answer.refusal.status, answer.refusal.body, answer.refusal.headers)
  }
  if (refuse(response, answer)) {
    request.isRefused = true
    return answer.fault === "never-answers" ? telling.forEver() : undefined
  }
  if (answer.dialect !== undefined) return speak(response, wireOf(request, answer.dialect), telling)
  if (request.body.stream) return stream(response, request, telling)
  const toolCall = toolCallFor(request, answer)
  const usage = usageOf(request.body.messages, answer.text)
  sendJson(response, 200, wholeCompletion(request.body.model, answer.text, toolCall, usage))
}

async function stream(response: ServerResponse, request: RecordedRequest, telling: Telling): Promise<void> {
  const { answer } = telling
  const { model, messages, stream_options: wishes } = request.body
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" })
  response.flushHeaders()
  const toolCall = toolCallFor(request, answer)
  const thoughts = messages.at(-1)?.role === "tool" ? [] : wordsOf(answer.reasoning ?? "")
  const said = toolCall
    ? toolCallChunks(model, toolCall, { number: messages.length, times: answer.toolCallTimes })
    : piecesOf(answer).map((piece) => textChunk(model, piece))
  const pieces = [...thoughts.map((thought) => reasoningChunk(model, thought)), ...said]
  const faultAt = answer.fault === undefined ? pieces.length : Math.min(answer.faultAfterWords, pieces.length)
  // As providers do while a model thinks: a test that takes its time is not to be taken for a model that has died.
  const signsOfLife = setInterval(() => response.write(": working\n\n"), signOfLifeMs)
  try {
    for (const piece of pieces.slice(0, faultAt)) {
      await telling.nextWord()
      response.write(piece)
    }
  } finally {
    clearInterval(signsOfLife)
  }
  if (await breakOff(response, answer)) return answer.fault === "stalled" ? telling.forEver() : undefined
  response.write(finishChunk(model, answer.finishReason ?? (toolCall ? "tool_calls" : "stop")))
  if (wishes?.include_usage) response.write(usageChunk(model, usageOf(messages, answer.text)))
  response.end(doneLine)
}

const signOfLifeMs = 5_000

function wireOf(request: RecordedRequest, name: string): WirePiece[] {
  if (request.body.messages.at(-1)?.role === "tool") return plainAnswer()
  const dialect = dialects[name]
  if (!dialect) throw new Error(`nobody speaks ${name}`)
  return dialect.wire
}

function piecesOf({ text, chunkChars }: FullAnswer): string[] {
  if (chunkChars === undefined) return wordsOf(text)
  return Array.from({ length: Math.ceil(text.length / chunkChars) }, (_, index) =>
    text.slice(index * chunkChars, (index + 1) * chunkChars),
  )
}

function toolCallFor(request: RecordedRequest, answer: FullAnswer): FullAnswer["toolCall"] {
  return request.body.messages.at(-1)?.role === "tool" ? undefined : answer.toolCall
}

function answerTo(request: RecordedRequest, answer: NonNullable<OpenAiServerOptions["answer"]>): FullAnswer {
  const chosen = typeof answer === "function" ? answer(request) : answer
  return answerSchema.parse(typeof chosen === "string" ? { text: chosen } : chosen)
}

async function recordOf(incoming: IncomingMessage): Promise<RecordedRequest> {
  const body = requestSchema.parse(await bodyOf(incoming))
  const question = textOf(body.messages.findLast((message) => message.role === "user")?.content)
  return { body, headers: incoming.headers, question, state: "running", isRefused: false }
}

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string().default("") })).transform((parts) => parts.map(({ text }) => text).join("")),
])

function textOf(content: unknown): string {
  return contentSchema.catch("").parse(content)
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const text = Buffer.concat(await incoming.toArray()).toString("utf8")
  return text === "" ? undefined : JSON.parse(text)
}

/** The client has left or its request was invalid: only the second can still be answered. */
function giveUp(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) response.destroy()
  else sendJson(response, 400, { error: { message: String(error) } })
}
