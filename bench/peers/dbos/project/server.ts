import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { DBOS } from "@dbos-inc/dbos-sdk"
import { durableCalls } from "@dbos-inc/vercel-ai"
import { serve } from "@hono/node-server"
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  generateId,
  streamText,
  toUIMessageStream,
  type UIMessage,
  type UIMessageChunk,
  wrapLanguageModel,
} from "ai"
import { Hono } from "hono"
import { Pool } from "pg"

const databaseUrl = process.env.DATABASE_URL ?? ""
const provider = createOpenAICompatible({
  name: "provider",
  baseURL: process.env.OPENAI_BASE_URL ?? "",
  includeUsage: true,
})
// In a step this asks the provider directly; a model call of its own would be kept whole, and not in pieces.
const model = wrapLanguageModel({ model: provider.chatModel("test-model"), middleware: durableCalls() })

const pool = new Pool({ connectionString: databaseUrl })
pool.on("error", () => undefined)

async function readMessages(id: string): Promise<UIMessage[]> {
  const { rows } = await pool.query("select messages from chat where id = $1", [id])
  return rows[0]?.messages ?? []
}

async function saveMessages(id: string, messages: UIMessage[], workflowId: string | null): Promise<void> {
  await pool.query(
    "insert into chat (id, messages, workflow_id) values ($1, $2, $3) on conflict (id) " +
      "do update set messages = excluded.messages, workflow_id = excluded.workflow_id",
    [id, JSON.stringify(messages), workflowId],
  )
}

/** What stops an answer, by its workflow: cancelling a workflow does not end the step that it is in. */
const stops = new Map<string, AbortController>()

async function streamCompletion(messages: UIMessage[], messageId: string): Promise<UIMessage[]> {
  let whole = messages
  const stop = new AbortController()
  stops.set(DBOS.workflowID ?? "", stop)
  const result = streamText({
    model,
    messages: await convertToModelMessages(messages),
    maxRetries: 0,
    abortSignal: stop.signal,
  })
  const chunks = toUIMessageStream({
    stream: result.stream,
    originalMessages: messages,
    generateMessageId: () => messageId,
    onEnd: ({ messages }) => {
      whole = messages
    },
  })
  for await (const chunk of chunks) await DBOS.writeStream("chunks", chunk)
  stops.delete(DBOS.workflowID ?? "")
  return whole
}

const answer = DBOS.registerWorkflow(
  async (id: string, messages: UIMessage[], messageId: string) => {
    const whole = await DBOS.runStep(() => streamCompletion(messages, messageId), { name: "streamCompletion" })
    await DBOS.runStep(() => saveMessages(id, whole, DBOS.workflowID ?? null), { name: "saveMessages" })
    await DBOS.closeStream("chunks")
  },
  { name: "answer" },
)

function response(workflowId: string): Response {
  const chunks = DBOS.readStream<UIMessageChunk>(workflowId, "chunks")
  return createUIMessageStreamResponse({ stream: ReadableStream.from(chunks) as ReadableStream<UIMessageChunk> })
}

const app = new Hono()

app.get("/", (context) => context.text("ready"))

app.post("/api/chat", async (context) => {
  const { id, message }: { id: string; message: UIMessage } = await context.req.json()
  const messages = [...(await readMessages(id)), message]
  // The question's id makes a repeated question join the same workflow.
  const workflowID = message.id
  await saveMessages(id, messages, workflowID)
  await DBOS.startWorkflow(answer, { workflowID })(id, messages, generateId())
  return response(workflowID)
})

// The stream of an answer that has ended is kept, and says the same as the stored message, under the same id.
app.get("/api/chat/:id/stream", async (context) => {
  const { rows } = await pool.query("select workflow_id from chat where id = $1", [context.req.param("id")])
  const workflowId = rows[0]?.workflow_id
  return workflowId ? response(workflowId) : context.body(null, 204)
})

app.get("/api/chat/:id", async (context) => context.json(await readMessages(context.req.param("id"))))

app.post("/api/chat/:id/stop", async (context) => {
  const { rows } = await pool.query("select workflow_id from chat where id = $1", [context.req.param("id")])
  const workflowId = rows[0]?.workflow_id
  stops.get(workflowId)?.abort()
  return context.json({ success: true })
})

await pool.query("create table if not exists chat (id text primary key, messages jsonb not null, workflow_id text)")
DBOS.setConfig({ name: "peer", systemDatabaseUrl: databaseUrl })
await DBOS.launch()
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" })
// A release: running responses are finished, and what is left is recovered by the next start.
process.on("SIGTERM", () => server.close(() => DBOS.shutdown().then(() => process.exit(0))))
