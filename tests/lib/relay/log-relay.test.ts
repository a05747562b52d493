import { afterAll, beforeAll } from "vitest"
import { logRelay } from "#lib/relay/log-relay.ts"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { upstashStore } from "#lib/relay/stores/upstash.ts"
import { relayContract } from "#tests/contracts/relay-contract.ts"
import { processStore } from "#tests/support/process-store.ts"
import { startRedis, type TestRedis } from "#tests/support/redis.ts"
import { startUpstash, type TestUpstash } from "#tests/support/upstash-server.ts"

let redis: TestRedis
let upstash: TestUpstash
/** two of each kind, as two processes have them */
let stores: Record<Store["name"], [Store, Store]>

beforeAll(async () => {
  redis = await startRedis()
  upstash = await startUpstash(redis.url)
  const memory = memoryStore()
  stores = {
    memory: [memory, memory],
    redis: [redisStore(redis), redisStore(redis)],
    upstash: [upstashStore(upstash), upstashStore(upstash)],
  }
})
afterAll(async () => {
  await Promise.all(Object.values(stores).flatMap((pair) => pair.map((store) => store.close())))
  await upstash.stop()
  await redis.stop()
})

for (const name of ["memory", "redis", "upstash"] as const) {
  relayContract({
    name: `the log relay over ${name}`,
    canBeFollowed: true,
    outlivesProducer: true,
    open() {
      const [here, there] = stores[name].map(processStore) as [
        ReturnType<typeof processStore>,
        ReturnType<typeof processStore>,
      ]
      return {
        here: logRelay({ store: here, flushEveryMs: 5 }),
        there: logRelay({ store: there, flushEveryMs: 5 }),
        openSubscriptions: () => here.openSubscriptions + there.openSubscriptions,
        kill: here.kill,
      }
    },
  })
}
