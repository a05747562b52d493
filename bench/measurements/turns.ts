import { setTimeout as wait } from "node:timers/promises"
import type { RunningPeer, User } from "../peers/peer.ts"
import { questionFor } from "../provider.ts"
import { cpuSeconds, newUsers, type Stage } from "../stage.ts"
import { type StatementCounter, startStatementCounter } from "../statement-counter.ts"
import { median } from "../statistics.ts"
import type { Measurement } from "./measurement.ts"
import { expectWords } from "./words.ts"

const turnsEach = 100
const atOnce = 4
const countedTurns = 10
/** Work that goes on after the last byte is the turn's too. */
const settleMs = 500
const countSettleMs = 250
const question = questionFor({ tokens: 1, tokensPerSecond: 0 })

export const turns: Measurement = {
  name: "turns",
  title: "A turn of one token",
  question: "What do the beginning and the end of an answer cost?",
  how: `${turnsEach} new chats, ${atOnce} at a time, each with one question and an answer of one token: the server's CPU until ${settleMs} ms after the last byte. Statements (begin and commit included) and round trips to Postgres are counted by a proxy that reads its protocol, Redis commands by \`INFO commandstats\`, turn by turn, on a server of their own; the median of ${countedTurns} turns counts.`,
  figures: [
    { name: "cpu", title: "CPU a turn", unit: "ms", best: "least", digits: 1 },
    { name: "statements", title: "statements a turn", unit: "", best: "least", digits: 0 },
    { name: "round trips", title: "round trips to Postgres a turn", unit: "", best: "least", digits: 0 },
    { name: "redis", title: "Redis commands a turn", unit: "", best: "least", digits: 0 },
  ],
  async prepare(stage) {
    const { server } = await stage.startWarm()
    const users = await newUsers(server, atOnce)
    const count = await countingServer(stage)
    return async () => ({ cpu: await cpuOfTurns(server, users), ...(await count()) })
  },
}

/** @returns milliseconds a turn */
async function cpuOfTurns(server: RunningPeer, users: User[]): Promise<number> {
  const before = cpuSeconds(server)
  let left = turnsEach
  await Promise.all(
    users.map(async (user) => {
      while (left-- > 0) await oneTurn(server, user)
    }),
  )
  await wait(settleMs)
  return ((cpuSeconds(server) - before) * 1_000) / turnsEach
}

async function oneTurn(server: RunningPeer, user: User): Promise<void> {
  const reading = await server.ask({ id: crypto.randomUUID(), user }, question)
  await reading.ended
  expectWords(reading, 1)
}

/** Starts a server whose questions to its stores are counted. @returns a function that counts some turns */
async function countingServer(stage: Stage): Promise<() => Promise<Record<string, number>>> {
  const stores = await stage.openStores()
  const { redis, postgres } = stores
  if (!redis && !postgres) return async () => ({ statements: 0, "round trips": 0, redis: 0 })
  let proxy: StatementCounter | undefined
  if (postgres) {
    proxy = await startStatementCounter(postgres.url)
    const { close } = proxy
    stage.closeLater(async () => close())
  }
  const server = await stage.start(stores, postgres && proxy ? { databaseUrl: proxy.through(postgres.url) } : {})
  const [user = { headers: {} }] = await newUsers(server, 1)
  for (let turn = 0; turn < countedTurns; turn++) await oneTurn(server, user) // fills caches and pools
  await wait(settleMs)

  const now = async () => ({
    statements: proxy?.statements ?? 0,
    "round trips": proxy?.roundTrips ?? 0,
    redis: redis ? commandsIn(String(await redis.command("INFO", "commandstats"))) : 0,
  })
  return async () => {
    const counted: Record<string, number>[] = []
    for (let turn = 0; turn < countedTurns; turn++) {
      const before = await now()
      await oneTurn(server, user)
      await wait(countSettleMs)
      const after = await now()
      counted.push(
        Object.fromEntries(
          Object.entries(after).map(([name, count]) => [name, count - before[name as keyof typeof before]]),
        ),
      )
    }
    const names = Object.keys(counted[0] ?? {})
    return Object.fromEntries(names.map((name) => [name, median(counted.map((each) => each[name] ?? 0))]))
  }
}

/** Sums the calls of all commands but those of the one who looks. */
function commandsIn(stats: string): number {
  const calls = stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)
  return [...calls].reduce(
    (sum, [, name = "", count]) => (/^(info|client|hello)\b/.test(name) ? sum : sum + Number(count)),
    0,
  )
}
