import { sql } from "drizzle-orm"
import { expect, onTestFinished, test, vi } from "vitest"
import { openDatabase } from "#db/client.ts"
import { connectOnceUp, createTestDatabase } from "#tests/support/databases/postgres.ts"
import { hangMs } from "#tests/support/within.ts"

test("I8 connections cut for being idle are reported once, and replaced each time", async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const onProblem = vi.fn<(error: unknown) => void>()
  const { db, close } = await openDatabase({ database: { kind: "postgres", url }, onProblem })
  onTestFinished(close)
  const administrator = await connectOnceUp(url)
  onTestFinished(() => administrator.end())

  for (let cut = 0; cut < 3; cut++) {
    await db.execute(sql`select 1`)
    // As `idle_session_timeout` and the idle limits of poolers do it, without waiting for one.
    await administrator.query(
      "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    )
    await vi.waitUntil(() => onProblem.mock.calls.length > 0, { timeout: hangMs })
    await vi.waitUntil(() => db.execute(sql`select 1`).catch(() => false), { timeout: hangMs })
  }
  expect(onProblem.mock.calls.map(([error]) => String(error))).toEqual([
    expect.stringContaining("terminating connection"),
  ])
})
