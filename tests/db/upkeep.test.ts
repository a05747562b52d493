/** A server's tables are made and brought up to date by the app that starts; `tests/db/migrate.test.ts` has the command. */
import { randomUUID } from "node:crypto"
import { readFile } from "node:fs/promises"
import { sql } from "drizzle-orm"
import { Client } from "pg"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { type Database, migrateDatabase, openDatabase } from "#db/client.ts"
import { rowsOf } from "#db/db.ts"
import { user } from "#db/schema.ts"
import { freshService, stranger } from "#tests/support/clients/service.ts"
import { startNeonProxy } from "#tests/support/databases/neon-proxy.ts"
import { connectOnceUp, createTestDatabase } from "#tests/support/databases/postgres.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { hangMs, within } from "#tests/support/within.ts"

describe.each(["postgres", "neon"] as const)("an empty %s database", (kind) => {
  test("is complete once an app has opened it, and contains nothing else", async () => {
    const { url } = await emptyDatabase()
    const proxy = kind === "neon" ? await startNeonProxy() : undefined
    onTestFinished(() => proxy?.close())
    const database = await openDatabase({ database: { kind, url }, neonProxy: proxy?.address })
    onTestFinished(() => database.close())
    expect(await database.ping(1_000)).toBe(true)
    expect(await database.db.select().from(user)).toEqual([])
  })
})

test("has each table, created once, for several apps that start on it at once", async () => {
  const { url } = await emptyDatabase()
  const opened = await Promise.all(Array.from({ length: 4 }, () => open(url)))
  for (const { db } of opened) expect(await db.select().from(user)).toEqual([])
  const applied = await opened[0]?.db.execute(sql`select hash from drizzle.__drizzle_migrations`)
  const { entries } = JSON.parse(await readFile("drizzle/meta/_journal.json", "utf8")) as { entries: unknown[] }
  expect(rowsOf(applied)).toHaveLength(entries.length)
})

test("a start without pending migrations runs two statements, and needs no right to create tables", async () => {
  const { url, roleUrl, allow } = await emptyDatabase()
  await migrateDatabase({ database: { kind: "postgres", url } })
  await allow("usage on schema public, drizzle")
  await allow("all on all tables in schema public, drizzle")
  const asked = vi.spyOn(Client.prototype, "query")
  const onProblem = vi.fn()
  const { db, ping } = await open(roleUrl, onProblem)
  expect(asked.mock.calls.map(([statement]) => statement)).toEqual([
    expect.stringContaining("search_path"),
    'select max(created_at)::float8 as "madeAt" from "drizzle".__drizzle_migrations',
  ])
  expect(await ping(1_000)).toBe(true)
  expect(await db.select().from(user)).toEqual([])
  expect(onProblem).not.toHaveBeenCalled()
})

test("a role that may not read the journal is warned, and still serves", async () => {
  const { url, roleUrl, allow } = await emptyDatabase()
  await migrateDatabase({ database: { kind: "postgres", url } })
  await allow("usage on schema public")
  await allow("all on all tables in schema public")
  const onProblem = vi.fn()
  const { ping } = await open(roleUrl, onProblem)
  expect(onProblem.mock.calls).toMatchObject([[{ message: expect.stringContaining("grant it usage on the schema") }]])
  expect(await ping(1_000)).toBe(true)
})

test("an app without the right to create tables says what to do, and works once they are created", async () => {
  const { url, roleUrl, allow } = await emptyDatabase()
  const onProblem = vi.fn()
  const { db, ping } = await open(roleUrl, onProblem)
  expect(onProblem.mock.calls).toMatchObject([[{ message: expect.stringContaining('Run "npm run db:migrate"') }]])
  expect(await ping(1_000)).toBe(false)
  await expect(db.select().from(user)).rejects.toThrow()
  await expect(db.transaction(async () => undefined)).rejects.toThrow()

  await migrateDatabase({ database: { kind: "postgres", url } })
  await allow("usage on schema public, drizzle")
  await allow("all on all tables in schema public, drizzle")
  await vi.waitUntil(() => ping(1_000), { timeout: hangMs })
  expect(await db.select().from(user)).toEqual([])
})

test("requests before the tables exist get 503, not an internal error", async () => {
  const { roleUrl } = await emptyDatabase()
  const { services } = await freshService({ model: scripted("an answer"), environment: { DATABASE_URL: roleUrl } })
  const health = await stranger().request("/api/health")
  expect([health.status, await health.json()]).toEqual([503, expect.objectContaining({ database: "unavailable" })])
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "hello" }] }
  const asked = await stranger().request("/api/auth/sign-in/anonymous", { method: "POST", json: {} })
  expect(asked.status).toBe(503)
  const refusal = services.chat.repository.messages.find(message.id)
  await expect(refusal).rejects.toMatchObject({ code: "db_unavailable" })
})

test("F17 an empty database that appears after the app's start gets its tables then", async () => {
  const { url } = await emptyDatabase()
  const proxy = await startFaultProxy({ port: Number(new URL(url).port) }, { isRefusing: true })
  onTestFinished(() => proxy.close())
  const onProblem = vi.fn()
  const { db, ping } = await open(proxy.through(url), onProblem)
  expect(await ping(1_000)).toBe(false)
  proxy.set({ isRefusing: false })
  await vi.waitUntil(() => ping(1_000), { timeout: hangMs })
  expect(await db.select().from(user)).toEqual([])
  expect(onProblem.mock.calls).toMatchObject([[{ message: expect.stringContaining("as soon as it does") }]])
})

test("F17 a server that accepts connections in silence delays neither start nor shutdown", async () => {
  const { url } = await emptyDatabase()
  const proxy = await startFaultProxy({ port: Number(new URL(url).port) }, { isBlackhole: true })
  onTestFinished(() => proxy.close())
  await within(10_000, async () => {
    const { ping, close } = await openDatabase({ database: { kind: "postgres", url: proxy.through(url) } })
    expect(await ping(1_000)).toBe(false)
    await close()
  })
})

async function open(url: string, onProblem = vi.fn()): Promise<Database> {
  const database = await openDatabase({ database: { kind: "postgres", url }, onProblem })
  onTestFinished(() => database.close())
  return database
}

/** @returns also the address of a role without rights, except for those that the test grants */
async function emptyDatabase() {
  const { url, drop } = await createTestDatabase()
  const role = `role_${randomUUID().replaceAll("-", "")}`
  const client = await connectOnceUp(url)
  await client.query(`create role ${role} login`)
  onTestFinished(async () => {
    await client.end()
    await drop()
    const other = await connectOnceUp(new URL("postgres", url).href)
    await other.query(`drop role ${role}`).finally(() => other.end())
  })
  const roleUrl = new URL(url)
  roleUrl.username = role
  return { url, roleUrl: roleUrl.href, allow: (what: string) => client.query(`grant ${what} to ${role}`) }
}
