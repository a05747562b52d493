/** Where an answer is generated and where it is read: every relay over every store, in one process and in another. */
import { afterAll, beforeAll, onTestFinished } from "vitest"
import { buildServices, type Services } from "#lib/build-services.ts"
import { freshService, onlyModel, type TestService } from "../clients/service.ts"
import type { TestModel } from "../providers/scripted-model.ts"
import { startRedis, type TestRedis } from "../relays/redis.ts"
import { startUpstash, type TestUpstash } from "../relays/upstash-server.ts"

export interface Place {
  name: string
  relay: "log" | "pubsub" | "off"
  store: "memory" | "redis" | "upstash"
  /** the process that readers ask: the one that generates, or another */
  readsIn: "the same process" | "another process"
}

const relays = ["log", "pubsub"] as const
const stores = ["memory", "redis", "upstash"] as const
const processes = ["the same process", "another process"] as const

/** Without a shared store, and with the feature off, there is nothing to read in another process. */
export const places: Place[] = [
  ...relays.flatMap((relay) =>
    stores.flatMap((store) =>
      processes
        .filter((readsIn) => store !== "memory" || readsIn === "the same process")
        .map((readsIn) => ({ name: `${relay} over ${store}, read in ${readsIn}`, relay, store, readsIn })),
    ),
  ),
  { name: "feature off", relay: "off", store: "memory", readsIn: "the same process" },
]

export interface Stores {
  redis: TestRedis
  upstash: TestUpstash
}

/** The stores for the tests of a file. */
export function useStores(): () => Stores {
  let stores: Stores
  beforeAll(async () => {
    const redis = await startRedis()
    stores = { redis, upstash: await startUpstash(redis.url) }
  })
  afterAll(async () => {
    await stores.upstash.stop()
    await stores.redis.stop()
  })
  return () => stores
}

export interface TwoServices extends TestService {
  /** as a second process has them, on the same database and store */
  other: Services
}

/** Builds both processes. Requests go to the first until `sendRequestsTo` says otherwise. */
export async function servicesAt(
  place: Place,
  stores: Stores,
  models: { first: TestModel; second: TestModel },
): Promise<TwoServices> {
  const service = await freshService({ model: models.first, environment: environmentOf(place, stores) })
  const other = await buildServices(service.services.config, onlyModel(models.second))
  onTestFinished(() => other.close())
  return { ...service, other }
}

export function sendRequestsTo(services: Services): void {
  globalThis.rejoinServices = Promise.resolve(services)
}

function environmentOf({ relay, store }: Place, { redis, upstash }: Stores): Record<string, string> {
  const relayOnly: Record<string, string> = relay === "off" ? { RESUMABLE_STREAMS: "0" } : { STREAM_RELAY: relay }
  switch (store) {
    case "memory":
      return relayOnly
    case "redis":
      return { ...relayOnly, REDIS_URL: redis.url }
    case "upstash":
      return { ...relayOnly, UPSTASH_REDIS_REST_URL: upstash.url, UPSTASH_REDIS_REST_TOKEN: upstash.token }
  }
}
