import { serve } from "@hono/node-server"
import {
  chat,
  chatParamsFromRequest,
  memoryStream,
  resumeServerSentEventsResponse,
  toServerSentEventsResponse,
} from "@tanstack/ai"
import { openaiCompatible } from "@tanstack/ai-openai/compatible"
import { Hono } from "hono"

const provider = openaiCompatible({
  name: "provider",
  baseURL: process.env.OPENAI_BASE_URL ?? "",
  apiKey: "none",
  models: ["test-model"],
})
const running = new Map<string, AbortController>()

const app = new Hono()

app.get("/", (context) => context.text("ready"))

app.post("/api/chat", async (context) => {
  const request = context.req.raw
  const { messages, threadId, runId } = await chatParamsFromRequest(request)
  const abortController = new AbortController()
  running.set(threadId, abortController)
  const stream = chat({ adapter: provider("test-model"), messages, threadId, runId, abortController })
  return toServerSentEventsResponse(stream, { durability: { adapter: memoryStream(request) } })
})

app.get("/api/chat", (context) => resumeServerSentEventsResponse({ adapter: memoryStream(context.req.raw) }))

app.post("/api/chat/:id/stop", (context) => {
  running.get(context.req.param("id"))?.abort()
  return context.json({ success: true })
})

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" })
// A release: running responses are finished.
process.on("SIGTERM", () => server.close(() => process.exit(0)))
