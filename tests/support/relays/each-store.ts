import { afterAll, beforeAll } from "vitest"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { upstashStore } from "#lib/relay/stores/upstash.ts"
import { hangMs } from "../within.ts"
import { type ProcessStore, processStore } from "./process-store.ts"
import { startRedis, type TestRedis } from "./redis.ts"
import { startUpstash, type TestUpstash } from "./upstash-server.ts"

/**
 * Runs a suite over every store there is.
 * @param suite gets `processes`, to be called within a test: the store as two processes have it
 */
export function onEachStore(suite: (name: Store["name"], processes: () => [ProcessStore, ProcessStore]) => void): void {
  let redis: TestRedis
  let upstash: TestUpstash
  let stores: Record<Store["name"], [Store, Store]>

  beforeAll(async () => {
    redis = await startRedis()
    upstash = await startUpstash(redis.url)
    const memory = memoryStore()
    // Nothing here is about a store that is late: a busy machine must not make it one.
    const [overRedis, overUpstash] = [
      { url: redis.url, deadlineMs: hangMs },
      { url: upstash.url, token: upstash.token, deadlineMs: hangMs },
    ]
    stores = {
      memory: [memory, memory],
      redis: [redisStore(overRedis), redisStore(overRedis)],
      upstash: [upstashStore(overUpstash), upstashStore(overUpstash)],
    }
  })
  afterAll(async () => {
    await Promise.all(Object.values(stores).flatMap((pair) => pair.map((store) => store.close())))
    await upstash.stop()
    await redis.stop()
  })

  for (const name of ["memory", "redis", "upstash"] as const)
    suite(name, () => {
      const [here, there] = stores[name]
      return [processStore(here), processStore(there)]
    })
}
