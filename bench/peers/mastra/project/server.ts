import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { serve } from "@hono/node-server"
import { toAISdkStream } from "@mastra/ai-sdk"
import { Agent } from "@mastra/core/agent"
import { createDurableAgent } from "@mastra/core/agent/durable"
import { Mastra } from "@mastra/core/mastra"
import { PostgresStore } from "@mastra/pg"
import { RedisServerCache } from "@mastra/redis"
import { createUIMessageStream, createUIMessageStreamResponse, generateId, type UIMessage } from "ai"
import { Hono } from "hono"
import { Redis } from "ioredis"
import { Pool } from "pg"

const databaseUrl = process.env.DATABASE_URL ?? ""
const provider = createOpenAICompatible({ name: "provider", baseURL: process.env.OPENAI_BASE_URL ?? "" })
const redis = new Redis(process.env.REDIS_URL ?? "")
redis.on("error", () => undefined)

const agent = createDurableAgent({
  agent: new Agent({
    id: "assistant",
    name: "Assistant",
    instructions: "You are a helpful assistant.",
    model: provider.chatModel("test-model"),
  }),
  cache: new RedisServerCache({ client: redis }),
})
const mastra = new Mastra({
  agents: { assistant: agent },
  storage: new PostgresStore({ id: "storage", connectionString: databaseUrl }),
})

interface StoredChat {
  messages: UIMessage[]
  run_id: string | null
}

const pool = new Pool({ connectionString: databaseUrl })
pool.on("error", () => undefined)

async function readChat(id: string): Promise<StoredChat> {
  const { rows } = await pool.query("select messages, run_id from chat where id = $1", [id])
  return rows[0] ?? { messages: [], run_id: null }
}

async function saveChat(id: string, { messages, run_id }: StoredChat): Promise<void> {
  await pool.query(
    "insert into chat (id, messages, run_id) values ($1, $2, $3) on conflict (id) " +
      "do update set messages = excluded.messages, run_id = excluded.run_id",
    [id, JSON.stringify(messages), run_id],
  )
}

type Run = Awaited<ReturnType<typeof agent.observe>>

/** @param onEnd gets the messages once the run has ended */
function response(run: Run, messages: UIMessage[], onEnd?: (messages: UIMessage[]) => Promise<void>): Response {
  const stream = createUIMessageStream({
    originalMessages: messages,
    generateId: () => run.runId,
    async execute({ writer }) {
      for await (const part of toAISdkStream(run.output, { from: "agent", version: "v6" })) writer.write(part as never)
    },
    onEnd: async ({ messages }) => onEnd?.(messages),
  })
  const [toReader, toEnd] = stream.tee()
  // Whoever leaves, the run is read to its end, and then stored.
  if (onEnd) void toEnd.pipeTo(new WritableStream()).catch(() => undefined)
  else void toEnd.cancel()
  return createUIMessageStreamResponse({ stream: toReader })
}

const app = new Hono()

app.get("/", (context) => context.text("ready"))

app.post("/api/chat", async (context) => {
  const { id, message }: { id: string; message: UIMessage } = await context.req.json()
  const messages = [...(await readChat(id)).messages, message]
  const runId = generateId()
  await saveChat(id, { messages, run_id: runId })
  const run = await agent.stream(messages as never, { runId })
  return response(run, messages, (whole) => saveChat(id, { messages: whole, run_id: null }))
})

app.get("/api/chat/:id/stream", async (context) => {
  const { messages, run_id: runId } = await readChat(context.req.param("id"))
  if (!runId) return context.body(null, 204)
  return response(await agent.observe(runId), messages)
})

app.get("/api/chat/:id", async (context) => context.json((await readChat(context.req.param("id"))).messages))

app.post("/api/chat/:id/stop", async (context) => {
  const { run_id: runId } = await readChat(context.req.param("id"))
  if (runId) agent.abortRunStream(runId)
  return context.json({ success: true })
})

await pool.query("create table if not exists chat (id text primary key, messages jsonb not null, run_id text)")
await mastra.getStorage()?.init()
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" })
// A release: running responses are finished.
process.on("SIGTERM", () => server.close(() => process.exit(0)))
