import { setTimeout as wait } from "node:timers/promises"
import type { Client } from "pg"
import { connectOnceUp } from "#tests/support/databases/postgres.ts"
import type { TestRedis } from "#tests/support/relays/redis.ts"
import { questionFor, wordChars } from "../provider.ts"
import { newUsers } from "../stage.ts"
import type { Measurement } from "./measurement.ts"
import { expectWords } from "./words.ts"

const lengths = [2_000, 20_000, 100_000]
const tokensPerSecond = 500
/** Work that goes on after the last byte is the answer's too. */
const settleMs = 1_000

export const wal: Measurement = {
  name: "wal",
  title: "What is written",
  question: "How much does an answer write to Postgres and to Redis, and does that grow with its length?",
  how: `One answer at a time, of ${tokensPerSecond} tokens/s and ${wordChars} characters a token. Postgres: the growth of its write-ahead log (\`pg_current_wal_insert_lsn\`, \`full_page_writes\` off), by the answer's characters. Redis: the bytes that it was sent (\`INFO stats\`), by the bytes that the answer's reader got. The embedded database has no log that could be compared.`,
  figures: [
    ...lengths.map((chars) => ({
      name: `${chars}`,
      title: `WAL a character, answer of ${chars.toLocaleString("en")}`,
      unit: "bytes",
      best: "least" as const,
      digits: 1,
      series: { of: "WAL a character", axis: "characters of the answer", at: chars },
    })),
    { name: "redis", title: "bytes into Redis by bytes of events", unit: "", best: "least", digits: 2 },
  ],
  mostRounds: 2,
  isFor: (peer) => peer.needs.postgres,
  async prepare(stage) {
    const { server, stores } = await stage.startWarm()
    const client = await connectOnceUp(stores.postgres?.url ?? "")
    stage.closeLater(() => client.end())
    const [user = { headers: {} }] = await newUsers(server, 1)
    return async () => {
      const figures: Record<string, number> = {}
      for (const chars of lengths) {
        const before = await written(client, stores.redis)
        const tokens = chars / wordChars
        const chat = { id: crypto.randomUUID(), user }
        const reading = await server.ask(chat, questionFor({ tokens, tokensPerSecond }))
        await reading.ended
        expectWords(reading, tokens)
        await wait(settleMs)
        const after = await written(client, stores.redis)
        figures[chars] = (after.walBytes - before.walBytes) / chars
        figures["redis"] = (after.redisBytes - before.redisBytes) / reading.bytes // of the longest, which comes last
      }
      return figures
    }
  },
}

async function written(client: Client, redis: TestRedis | undefined) {
  const { rows } = await client.query("select pg_current_wal_insert_lsn() - '0/0' as bytes")
  const stats = redis ? String(await redis.command("INFO", "stats")) : ""
  const redisBytes = Number(/total_net_input_bytes:(\d+)/.exec(stats)?.[1] ?? 0)
  return { walBytes: Number(rows[0]?.bytes), redisBytes }
}
