/**
 * Measures the memory that ended answers leave behind: the heap after each round, once everything collectable is
 * collected.
 *
 *     node --expose-gc bench/ended-answers.ts [--answers 400] [--rounds 3] [--at-once 20] [--redis redis://…]
 *
 * The database is embedded, or the one in DATABASE_URL. Without Redis, resuming is off: a store in this process would
 * rightly keep ten minutes of answers. The last line is JSON: bytes before the rounds, and after each.
 */
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { parseArgs } from "node:util"
import { user } from "#db/schema.ts"
import { buildServices } from "#lib/build-services.ts"
import { loadConfig } from "#lib/config.ts"
import { beginGeneration } from "#lib/turns/begin.ts"
import { startTimedModel } from "./timed-model.ts"

const { values } = parseArgs({
  options: {
    answers: { type: "string", default: "400" },
    rounds: { type: "string", default: "3" },
    "at-once": { type: "string", default: "20" },
    redis: { type: "string" },
  },
})
const { gc } = globalThis
if (!gc) throw new Error("to be run with --expose-gc")
const collect = gc

const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-bench-"))
const { DATABASE_URL } = process.env
// Over HTTP, because a connection or its listeners are what might hold an ended answer.
const provider = await startTimedModel({ tokensPerSecond: 1_000, seconds: 0.01 })
const config = loadConfig({
  OPENAI_BASE_URL: provider.url,
  CHAT_MODELS: "test",
  ...(DATABASE_URL && { DATABASE_URL, BETTER_AUTH_SECRET: "a secret for benches, of 32 characters or more" }),
  ...(values.redis ? { REDIS_URL: values.redis } : { RESUMABLE_STREAMS: "0" }),
  DATA_DIR: dataDir,
  LOG_LEVEL: "silent",
  FREE_CREDITS: "0",
  RATE_LIMIT_PER_MINUTE: "0",
})
const services = await buildServices(config)
const userId = randomUUID()
await services.database.db.insert(user).values({ id: userId, name: "Bench", email: `${userId}@example.com` })

// The first answers load code and fill caches.
await answerMany(100)
const heap = [await heapBytes()]
for (let round = 0; round < Number(values.rounds); round++) {
  await answerMany(Number(values.answers))
  heap.push(await heapBytes())
}
await services.close()
await rm(dataDir, { recursive: true })
console.info(JSON.stringify({ answers: Number(values.answers), heap }))
process.exit(0)

async function answerMany(count: number): Promise<void> {
  let left = count
  const one = async () => {
    while (left-- > 0) await answer()
  }
  await Promise.all(Array.from({ length: Number(values["at-once"]) }, one))
}

async function answer(): Promise<void> {
  const message = { id: randomUUID(), parts: [{ type: "text" as const, text: "hello" }], artifacts: [] }
  const begun = await beginGeneration(services.chat, userId, {
    chatId: randomUUID(),
    agent: "assistant",
    model: undefined,
    asks: { kind: "submit", message, replaces: undefined },
  })
  if (begun.kind !== "begun") throw new Error("it was asked before")
  for await (const _ of begun.opened.items);
  await begun.ended
}

/** Measures the heap once nothing more can be collected; background work needs a moment to end. */
async function heapBytes(): Promise<number> {
  let bytes = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 8; tries++) {
    await wait(100)
    collect()
    bytes = Math.min(bytes, process.memoryUsage().heapUsed)
  }
  console.info(`${(bytes / 1e6).toFixed(1)} MB`)
  return bytes
}
