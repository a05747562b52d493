import { sql } from "drizzle-orm"
import { expect, onTestFinished, test, vi } from "vitest"
import { openDatabase } from "#db/client.ts"
import { createTestDatabase } from "#tests/support/databases/postgres.ts"
import { timeOnDemand } from "./time-on-demand.ts"

timeOnDemand()

test("a clock that a test moves by a minute exceeds no deadline of the real database", async () => {
  const { url, drop } = await createTestDatabase()
  const { db, close } = await openDatabase({ database: { kind: "postgres", url, connections: 1 } })
  onTestFinished(() => close().then(drop))
  await db.execute(sql`select 1`)
  const both = Promise.all([1, 2].map(() => db.execute(sql`select pg_sleep(0.1)`)))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await both).toHaveLength(2)
})
