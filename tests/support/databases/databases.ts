/**
 * Migrated databases for tests, by each of the three drivers, and gone afterwards.
 */

import { createHash } from "node:crypto"
import { cpSync, existsSync, globSync, readFileSync } from "node:fs"
import { mkdtemp, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { sql } from "drizzle-orm"
import { afterAll, beforeAll, describe, onTestFinished } from "vitest"
import { type Database, migrateDatabase, openDatabase } from "#db/client.ts"
import { cloneMigrated, emptying } from "./migrated-database.ts"
import { startNeonProxy } from "./neon-proxy.ts"

export const drivers = ["pglite", "postgres", "neon"] as const
export type Driver = (typeof drivers)[number]

export interface TestDatabase extends Database {
  /** its folder, or its URL */
  address: string
}

type DatabaseSuite = (open: () => Promise<TestDatabase>) => void

/** `close` also removes it. */
export async function openTestDatabase(driver: Driver): Promise<TestDatabase> {
  return driver === "pglite" ? openTestPglite() : openTestServer(driver)
}

/**
 * Runs a suite on every driver, or on those named.
 * @param suite gets `open`, to be called within a test: a database without rows, which later tests get again, emptied
 */
export function describeEachDatabase(name: string, suite: DatabaseSuite, among: readonly Driver[] = drivers): void {
  describe.each(among)(`${name}, on %s`, (driver) => {
    const opened: TestDatabase[] = []
    const free: TestDatabase[] = []

    async function openAnother(): Promise<void> {
      const database = await openTestDatabase(driver)
      opened.push(database)
      free.push(database)
    }

    beforeAll(openAnother)
    afterAll(() => Promise.all(opened.map((database) => database.close())))

    async function open(): Promise<TestDatabase> {
      const database = free.pop()
      if (!database) return openAnother().then(open)
      onTestFinished(async () => {
        await database.db.execute(sql.raw(emptying))
        free.push(database)
      })
      return database
    }
    suite(open)
  })
}

/** Gives each test a new database, for tests that change more than rows or end connections. */
export function describeEachNewDatabase(name: string, suite: DatabaseSuite, among: readonly Driver[] = drivers): void {
  describe.each(among)(`${name}, on %s`, (driver) => {
    suite(async () => {
      const database = await openTestDatabase(driver)
      onTestFinished(() => database.close())
      return database
    })
  })
}

/** Counts this Postgres database's statements that wait for a lock. */
export async function statementsWaiting({ db }: TestDatabase): Promise<number> {
  const { rows } = (await db.execute(sql`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)) as { rows: { count: number }[] } // as pg gives it
  return rows[0]?.count ?? 0
}

async function openTestPglite(): Promise<TestDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), "pglite-"))
  const address = path.join(folder, "database")
  cpSync(await migratedFolder(), address, { recursive: true })
  const database = await openDatabase({ database: { kind: "pglite", folder: address } })
  return closing(database, address, () => rm(folder, { recursive: true, maxRetries: 10 }))
}

async function openTestServer(kind: "postgres" | "neon"): Promise<TestDatabase> {
  const { url, drop } = await cloneMigrated()
  const proxy = kind === "neon" ? await startNeonProxy() : undefined
  const options = { database: { kind, url }, neonProxy: proxy?.address }
  const database = await openDatabase(options)
  return closing(database, url, async () => {
    await proxy?.close()
    await drop()
  })
}

function closing(database: Database, address: string, remove: () => Promise<void>): TestDatabase {
  return { ...database, address, close: () => database.close().finally(remove) }
}

/** To make a folder takes seconds, to copy one a tenth: made once for each state of the migrations, kept between runs. */
async function migratedFolder(): Promise<string> {
  const state = createHash("sha256")
  for (const file of ["drizzle/meta/_journal.json", ...globSync("drizzle/*.sql").sort()])
    state.update(readFileSync(file))
  const kept = path.join(tmpdir(), `pglite-migrated-${state.digest("hex").slice(0, 16)}`)
  if (existsSync(kept)) return kept
  const folder = await mkdtemp(path.join(tmpdir(), "pglite-"))
  const fresh = path.join(folder, "database")
  await migrateDatabase({ database: { kind: "pglite", folder: fresh } })
  // If several test files make it at once, the first one's stays.
  await rename(fresh, kept).catch((error: unknown) => {
    if (!existsSync(kept)) throw error
  })
  await rm(folder, { recursive: true, maxRetries: 10 })
  return kept
}
