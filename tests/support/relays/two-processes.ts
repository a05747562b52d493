import { sql } from "drizzle-orm"
import { afterAll, beforeAll, onTestFinished } from "vitest"
import { chatStream } from "#db/schema.ts"
import { buildServices, type Services } from "#lib/build-services.ts"
import { freshService, onlyModel, type TestService } from "../clients/service.ts"
import type { TestModel } from "../providers/scripted-model.ts"
import { startRedis, type TestRedis } from "./redis.ts"

/** Starts a Redis for the tests of a file. */
export function useRedis(): () => TestRedis {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())
  return () => redis
}

export interface TwoProcesses extends TestService {
  /** the second one; `services` is the first */
  other: Services
  /** Silences the first one: its lease has run out, and requests reach the second. */
  loseFirst(): Promise<void>
}

/** Makes two processes that share a database and a Redis. Requests go to the first. */
export function twoProcesses(
  redis: TestRedis,
  first: TestModel,
  second: TestModel,
  environment: Record<string, string> = {},
): Promise<TwoProcesses> {
  return twoProcessesOver({ REDIS_URL: redis.url, ...environment }, first, second)
}

/** @param environment names the store that the two share */
export async function twoProcessesOver(
  environment: Record<string, string>,
  first: TestModel,
  second: TestModel,
): Promise<TwoProcesses> {
  const service = await freshService({ model: first, environment })
  const other = await buildServices(service.services.config, onlyModel(second))
  onTestFinished(() => other.close())
  return {
    ...service,
    other,
    async loseFirst() {
      service.services.chat.running.close()
      const { db } = service.services.database
      await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
      globalThis.rejoinServices = Promise.resolve(other)
    },
  }
}
