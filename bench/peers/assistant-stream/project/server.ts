import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { serve } from "@hono/node-server"
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  generateId,
  streamText,
  toUIMessageStream,
  UI_MESSAGE_STREAM_HEADERS,
  type UIMessage,
} from "ai"
import { createResumableStreamContext, RESUMABLE_STREAM_ID_HEADER } from "assistant-stream/resumable"
import { createIoredisResumableStreamStore } from "assistant-stream/resumable/ioredis"
import { Hono } from "hono"
import { Redis } from "ioredis"

const redis = new Redis(process.env.REDIS_URL ?? "")
redis.on("error", () => undefined)
const resumableContext = createResumableStreamContext({ store: createIoredisResumableStreamStore(redis) })
const provider = createOpenAICompatible({
  name: "provider",
  baseURL: process.env.OPENAI_BASE_URL ?? "",
  includeUsage: true,
})
const running = new Map<string, AbortController>()

const readMessages = async (id: string): Promise<UIMessage[]> => JSON.parse((await redis.get(`chat:${id}`)) ?? "[]")
const saveMessages = (id: string, messages: UIMessage[]) => redis.set(`chat:${id}`, JSON.stringify(messages))

const app = new Hono()

app.get("/", (context) => context.text("ready"))

app.post("/api/chat", async (context) => {
  const { id, message }: { id: string; message: UIMessage } = await context.req.json()
  const messages = [...(await readMessages(id)), message]
  await saveMessages(id, messages)
  const streamId = crypto.randomUUID()
  const stop = new AbortController()
  running.set(id, stop)

  const result = streamText({
    model: provider.chatModel("test-model"),
    messages: await convertToModelMessages(messages),
    abortSignal: stop.signal,
  })
  const source = createUIMessageStreamResponse({
    stream: toUIMessageStream({
      stream: result.stream,
      originalMessages: messages,
      generateMessageId: generateId,
      onEnd: ({ messages }) => {
        running.delete(id)
        void saveMessages(id, messages)
      },
    }),
  }).body

  if (!source) return context.body(null, 500)
  await redis.set(`chat:${id}:stream`, streamId)
  const stream = await resumableContext.run(streamId, () => source)
  return new Response(stream, { headers: { ...UI_MESSAGE_STREAM_HEADERS, [RESUMABLE_STREAM_ID_HEADER]: streamId } })
})

app.get("/api/chat/:id/stream", async (context) => {
  const streamId = await redis.get(`chat:${context.req.param("id")}:stream`)
  // Like its client, which forgets the id of a stream that has finished.
  if (!streamId || (await resumableContext.status(streamId)) === "done") return context.body(null, 204)
  const stream = await resumableContext.resume(streamId)
  if (!stream) return context.json({ error: "stream not found" }, 404)
  return new Response(stream, { headers: { ...UI_MESSAGE_STREAM_HEADERS, [RESUMABLE_STREAM_ID_HEADER]: streamId } })
})

app.get("/api/chat/:id", async (context) => context.json(await readMessages(context.req.param("id"))))

app.post("/api/chat/:id/stop", (context) => {
  running.get(context.req.param("id"))?.abort()
  return context.json({ success: true })
})

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" })
// A release: running responses are finished.
process.on("SIGTERM", () => server.close(() => process.exit(0)))
