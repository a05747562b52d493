/** A busy database is not a database that is down: callers in a burst wait for a connection. */
import { randomUUID } from "node:crypto"
import { sql } from "drizzle-orm"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { type Database, openDatabase } from "#db/client.ts"
import { rowsOf } from "#db/db.ts"
import { isBusy } from "#db/failures.ts"
import { urgently } from "#db/pool-queue.ts"
import { startNeonProxy } from "#tests/support/databases/neon-proxy.ts"
import { startPgBouncer } from "#tests/support/databases/pgbouncer.ts"
import { connectOnceUp, createTestDatabase } from "#tests/support/databases/postgres.ts"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { hangMs } from "#tests/support/within.ts"

test("I6 a burst on a single connection is answered completely, in order of arrival", async () => {
  const { db } = await open((await emptyDatabase()).url, { connections: 1 })
  const order: number[] = []
  const ask = async (index: number) => {
    await db.execute(sql`select pg_sleep(0.06)`)
    order.push(index)
  }
  const burst = Array.from({ length: 25 }, (_, index) => index)
  await Promise.all(burst.map(ask))
  expect(order).toEqual(burst)
})

test.each(["postgres", "neon"] as const)(
  "I6 transactions also wait, each for a connection of its own, on %s",
  async (kind) => {
    const { db } = await open((await emptyDatabase()).url, { connections: 3, kind })
    let running = 0
    let most = 0
    const turn = () =>
      db.transaction(async (transaction) => {
        running += 1
        most = Math.max(most, running)
        await transaction.execute(sql`select pg_sleep(0.03)`)
        running -= 1
      })
    await Promise.all(Array.from({ length: 40 }, turn))
    expect(most).toBe(3)
  },
)

test("I6 urgent queries pass those that wait", async () => {
  const { db } = await open((await emptyDatabase()).url, { connections: 1 })
  await db.execute(sql`select 1`)
  const order: string[] = []
  const ask = (name: string) => db.execute(sql`select pg_sleep(0.05)`).then(() => order.push(name))
  const burst = ["first", "second", "third"].map(ask)
  await Promise.all([...burst, urgently(() => ask("lease"))])
  expect(order).toEqual(["lease", "first", "second", "third"])
})

test("I6 a busy database is not reported as down", async () => {
  const { db, ping } = await open((await emptyDatabase()).url, { connections: 1 })
  await db.execute(sql`select 1`)
  const burst = Array.from({ length: 12 }, () => db.execute(sql`select pg_sleep(0.1)`))
  expect(await ping(300)).toBe(true)
  await Promise.all(burst)
})

test("I6 a role limited to two connections serves a burst through them, and the log says why and where to look", async () => {
  const { url, roleUrl } = await emptyDatabase("connection limit 2")
  const first = await open(url)
  await first.db.execute(sql`select 1`)
  const onProblem = vi.fn()
  const { db } = await open(roleUrl, { onProblem })
  const results = await Promise.all(Array.from({ length: 30 }, () => db.execute(sql`select pg_sleep(0.02)`)))
  expect(results).toHaveLength(30)
  expect(onProblem.mock.calls).toMatchObject([
    [{ name: "DatabaseBusy", message: expect.stringContaining("2 connections of up to 20 (DATABASE_POOL)") }],
  ])
  expect(onProblem.mock.calls[0]?.[0].cause).toMatchObject({ code: "53300" })
  expect(onProblem.mock.calls[0]?.[0].message).toContain("max_connections")
})

test("I6 when other programs hold every connection, callers are told that the database is busy, and served once they leave", async () => {
  const { url, roleUrl } = await emptyDatabase("connection limit 1")
  const admin = await open(url)
  const { db } = await open(roleUrl)
  await admin.db.execute(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${new URL(roleUrl).username}`,
  )
  const others = await connectOnceUp(roleUrl)
  const error = await db.execute(sql`select 1`).catch((cause: unknown) => cause)
  expect(isBusy(error)).toBe(true)
  const waiting = db.execute(sql`select 1`)
  await others.end()
  expect(await waiting).toBeDefined()
})

describe.each(["transaction", "session"])("I6 behind a pooler with two connections for each %s", (pool_mode) => {
  test("a burst of fifty is answered", async () => {
    const { url } = await emptyDatabase()
    await (await open(url)).db.execute(sql`select 1`)
    const pooler = await startPgBouncer(url, { pool_mode, default_pool_size: "2" })
    onTestFinished(() => pooler.stop())
    const { db, ping } = await open(pooler.url)
    const turn = async () => {
      await db.execute(sql`select 1`)
      await db.transaction((transaction) => transaction.execute(sql`select pg_sleep(0.02)`))
    }
    const burst = Promise.all(Array.from({ length: 50 }, turn))
    expect(await ping(1_000)).toBe(true)
    expect(await burst).toHaveLength(50)
  })
})

test("I6 a pooler that accepts no more clients counts as busy", async () => {
  const { url } = await emptyDatabase()
  await (await open(url)).db.execute(sql`select 1`)
  const pooler = await startPgBouncer(url, { pool_mode: "transaction", max_client_conn: "2" })
  onTestFinished(() => pooler.stop())
  const onProblem = vi.fn()
  const { db } = await open(pooler.url, { onProblem })
  const burst = Array.from({ length: 30 }, () => db.execute(sql`select pg_sleep(0.02)`))
  expect(await Promise.all(burst)).toHaveLength(30)
  expect(onProblem.mock.calls).toMatchObject([[{ name: "DatabaseBusy" }]])
})

test.each([
  ["falls silent", { isBlackhole: true }],
  ["goes away", { isRefusing: true }],
] as const)(
  "F17 a burst against a database that %s is refused completely, and the next one is answered",
  async (_, faults) => {
    const { url } = await emptyDatabase()
    const proxy = await startFaultProxy({ port: Number(new URL(url).port) })
    onTestFinished(() => proxy.close())
    const { db } = await open(proxy.through(url), { connections: 2 })
    await db.execute(sql`select 1`)
    proxy.set(faults)
    if ("isRefusing" in faults) proxy.reset()
    const refused = await Promise.allSettled(Array.from({ length: 20 }, () => db.execute(sql`select 1`)))
    const errors = refused.map((outcome) => outcome.status === "rejected" && isBusy(outcome.reason))
    expect(errors.length).toBe(20)
    expect(refused.filter(({ status }) => status === "fulfilled")).toEqual([])
    expect(errors).not.toContain(true)
    proxy.set({ isBlackhole: false, isRefusing: false })
    await vi.waitUntil(() => db.execute(sql`select 1`).catch(() => false), { timeout: hangMs })
    const burst = Array.from({ length: 20 }, () => db.execute(sql`select 1`))
    expect(await Promise.all(burst)).toHaveLength(20)
  },
)

test("a refused statement keeps its connection", async () => {
  const { db } = await open((await emptyDatabase()).url, { connections: 1 })
  const ownId = async () => rowsOf<{ id: number }>(await db.execute(sql`select pg_backend_pid() as id`))
  const before = await ownId()
  await expect(db.execute(sql`select 1 / 0`)).rejects.toThrow()
  expect(await ownId()).toEqual(before)
})

interface Opening {
  connections?: number
  kind?: "postgres" | "neon"
  onProblem?: (error: unknown) => void
}

async function open(url: string, { kind = "postgres", connections, onProblem }: Opening = {}): Promise<Database> {
  const proxy = kind === "neon" ? await startNeonProxy() : undefined
  const database = await openDatabase({
    database: { kind, url, connections },
    neonProxy: proxy?.address,
    ...(onProblem && { onProblem }),
  })
  onTestFinished(async () => {
    await database.close()
    await proxy?.close()
  })
  return database
}

/** @param limits connection limit of a new role, which has all rights in the database */
async function emptyDatabase(limits = "") {
  const { url, drop } = await createTestDatabase()
  const role = `role_${randomUUID().replaceAll("-", "")}`
  const client = await connectOnceUp(url)
  await client.query(`create role ${role} login ${limits}`)
  await client.query(`grant all on database ${new URL(url).pathname.slice(1)} to ${role}`)
  await client.query(`grant pg_read_all_data to ${role}`)
  onTestFinished(async () => {
    await client.end()
    await drop()
    const other = await connectOnceUp(new URL("postgres", url).href)
    await other.query(`drop role ${role}`).finally(() => other.end())
  })
  return { url, roleUrl: Object.assign(new URL(url), { username: role }).href }
}
