import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import type { RunningPeer, User } from "../peers/peer.ts"
import { questionFor } from "../provider.ts"
import { newUsers, type Stage } from "../stage.ts"
import { median } from "../statistics.ts"
import type { Measurement } from "./measurement.ts"
import { expectWords } from "./words.ts"

const turnsEach = 30
/** one way; a round trip takes twice as long */
const awayMs = 7
const question = questionFor({ tokens: 1, tokensPerSecond: 0 })

export const firstToken: Measurement = {
  name: "first-token",
  title: "First token and end of a turn",
  question: "How long does a reader wait for the first token, and for the end, where the model needs no time?",
  how: `${turnsEach} turns of one token, one after the other, each in a new chat: from the question to the first text, and to the end of the response; the median of a round counts. "Away": Redis and Postgres are behind a proxy that delays each direction by ${awayMs} ms, so a round trip takes ${2 * awayMs} ms; a peer without stores is measured as it is.`,
  figures: [
    { name: "first", title: "first token", unit: "ms", best: "least", digits: 1 },
    { name: "end", title: "end of the response", unit: "ms", best: "least", digits: 1 },
    { name: "first away", title: `first token, stores ${awayMs} ms away`, unit: "ms", best: "least", digits: 1 },
    { name: "end away", title: `end of the response, stores ${awayMs} ms away`, unit: "ms", best: "least", digits: 1 },
  ],
  async prepare(stage) {
    const { server } = await stage.startWarm()
    const near = { server, users: await newUsers(server, 1) }
    const distant = await distantServer(stage)
    const far = distant ? { server: distant, users: await newUsers(distant, 1) } : near
    await timesOf(far) // fills pools and caches
    return async () => {
      const [ofNear, ofFar] = [await timesOf(near), await timesOf(far)]
      return { first: ofNear.first, end: ofNear.end, "first away": ofFar.first, "end away": ofFar.end }
    }
  },
}

/** Starts a server whose stores are away. @returns undefined where the peer has none */
async function distantServer(stage: Stage): Promise<RunningPeer | undefined> {
  const stores = await stage.openStores()
  const through = async (url: string): Promise<string> => {
    const proxy = await startFaultProxy({ port: Number(new URL(url).port) }, { latencyMs: awayMs })
    stage.closeLater(() => proxy.close())
    return proxy.through(url)
  }
  const { redis, postgres } = stores
  if (!redis && !postgres) return undefined
  return stage.start(stores, {
    ...(redis && { redisUrl: await through(redis.url) }),
    ...(postgres && { databaseUrl: await through(postgres.url) }),
  })
}

async function timesOf({ server, users }: { server: RunningPeer; users: User[] }) {
  const first: number[] = []
  const end: number[] = []
  for (let turn = 0; turn < turnsEach; turn++) {
    const [user = { headers: {} }] = users
    const reading = await server.ask({ id: crypto.randomUUID(), user }, question)
    await reading.ended
    expectWords(reading, 1)
    first.push(reading.firstTextAtMs - reading.askedAtMs)
    end.push(reading.endedAtMs - reading.askedAtMs)
  }
  return { first: median(first), end: median(end) }
}
