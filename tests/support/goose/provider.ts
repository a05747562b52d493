/** The model provider behind a Goose: a real server on 127.0.0.1 whose answers a test prepares and paces. */
import { EventEmitter, once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import { z } from "zod"
import { sendJson } from "../providers/openai-faults.ts"
import { type Answer, endOf, linesOf, type Reply } from "./provider-reply.ts"

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
  tools: z.array(z.unknown()).optional(),
})

/** One completion that Goose asked for. */
export interface ProviderCall {
  body: z.output<typeof bodySchema>
  /** text of the last user message, with what Goose appends to it */
  question: string
  /** "left": closed before the end, by Goose or by a fault */
  state: "running" | "answered" | "left"
}

export interface GooseProvider {
  /** the value for OPENAI_HOST, without /v1 */
  readonly host: string
  /** what Goose has asked for, retries included, without its questions for a title */
  readonly calls: ProviderCall[]
  /** Goose's questions for a title of the session */
  readonly titleCalls: ProviderCall[]
  /** Prepares the answers to the next calls, the last of them for all after them too. */
  replyWith(...replies: (string | Reply)[]): void
  /** Chooses each answer by the call. */
  replyBy(choose: (call: ProviderCall) => string | Reply): void
  /** From now on each delta waits for `release`; so does the end of an answer, as one more. */
  hold(): void
  /** @param deltas how many may go out (default: all there will ever be) */
  release(deltas?: number): void
  /** From now on no title goes out before `releaseTitles`. */
  holdTitles(): void
  releaseTitles(): void
  /** Resolves once it has been asked so often (default: once). */
  called(times?: number): Promise<void>
  /** Resolves once the call was answered, or Goose has left. */
  ended(call: ProviderCall): Promise<void>
  close(): Promise<void>
}

export interface GooseProviderOptions {
  /** between two deltas; default 0 */
  paceMs?: number
  /** title that a session gets; default "A title" */
  title?: string
}

export async function startGooseProvider(options: GooseProviderOptions = {}): Promise<GooseProvider> {
  const calls: ProviderCall[] = []
  const titleCalls: ProviderCall[] = []
  const changes = new EventEmitter().setMaxListeners(0)
  const closing = new AbortController()
  let choose: (call: ProviderCall) => string | Reply = () => "one two three four"
  let released = Number.POSITIVE_INFINITY
  let areTitlesHeld = false
  let completions = 0

  async function until(isSo: () => boolean, signal: AbortSignal = closing.signal): Promise<void> {
    while (!isSo()) await once(changes, "change", { signal })
  }

  async function complete(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await callOf(incoming)
    const left = new AbortController()
    const isForTitle = call.body.tools === undefined
    response.on("close", () => {
      call.state = response.writableFinished ? "answered" : "left"
      left.abort()
      changes.emit("change")
    })
    if (isForTitle) titleCalls.push(call)
    else calls.push(call)
    const chosen = isForTitle ? (options.title ?? "A title") : choose(call)
    changes.emit("change")
    const reply = typeof chosen === "string" ? { text: chosen } : chosen
    if ("status" in reply) {
      const message = reply.message ?? "The provider refuses."
      return void sendJson(response, reply.status, { error: { message, type: "test" } })
    }
    const nextDelta = async () => {
      if (isForTitle) return await until(() => !areTitlesHeld, left.signal)
      await until(() => released > 0 && released-- > 0, left.signal)
      if (options.paceMs) await sleep(options.paceMs, undefined, { signal: left.signal })
    }
    await stream(response, reply, { id: `chatcmpl-${++completions}`, model: call.body.model }, nextDelta)
  }

  const server = createServer((incoming, response) => {
    const isCompletion = incoming.method === "POST" && incoming.url === "/v1/chat/completions"
    if (isCompletion) complete(incoming, response).catch(() => response.destroy())
    else sendJson(response, 200, { object: "list", data: [{ id: "test-model", object: "model" }] })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" && address ? address.port : 0

  return {
    host: `http://127.0.0.1:${port}`,
    calls,
    titleCalls,
    replyWith(...replies) {
      const queue = [...replies]
      choose = () => (queue.length > 1 ? queue.shift() : queue[0]) ?? ""
    },
    replyBy(next) {
      choose = next
    },
    hold() {
      released = 0
    },
    release(deltas = Number.POSITIVE_INFINITY) {
      released += deltas
      changes.emit("change")
    },
    holdTitles() {
      areTitlesHeld = true
    },
    releaseTitles() {
      areTitlesHeld = false
      changes.emit("change")
    },
    called: (times = 1) => until(() => calls.length >= times),
    ended: (call) => until(() => call.state !== "running"),
    async close() {
      closing.abort()
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

async function stream(
  response: ServerResponse,
  reply: Answer,
  completion: { id: string; model: string },
  nextDelta: () => Promise<void>,
): Promise<void> {
  response.writeHead(200, { "Content-Type": "text/event-stream" })
  response.flushHeaders()
  for (const line of linesOf(reply, completion)) {
    await nextDelta()
    response.write(line)
  }
  await nextDelta()
  if (reply.fault === "clean-cut") return void response.end()
  if (reply.fault === "reset") {
    // A write in flight would be lost with the socket, and the deltas before the fault with it.
    await new Promise<void>((resolve) => response.write(": flushed\n\n", () => resolve()))
    return void response.destroy()
  }
  if (reply.fault === "error-chunk") {
    return void response.end(`data: ${JSON.stringify({ error: { message: "The provider failed." } })}\n\n`)
  }
  response.end(endOf(reply, completion))
}

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string().default("") })).transform((parts) => parts.map(({ text }) => text).join("")),
])

async function callOf(incoming: IncomingMessage): Promise<ProviderCall> {
  const body = bodySchema.parse(JSON.parse(Buffer.concat(await incoming.toArray()).toString("utf8")))
  const content = body.messages.findLast(({ role }) => role === "user")?.content
  return { body, question: contentSchema.catch("").parse(content), state: "running" }
}
