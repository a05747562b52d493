import { eq, sql } from "drizzle-orm"
import { describe, expect, onTestFinished, test } from "vitest"
import { openDatabase } from "#db/client.ts"
import { rowsOf } from "#db/db.ts"
import { user } from "#db/schema.ts"
import {
  describeEachDatabase,
  describeEachNewDatabase,
  drivers,
  openTestDatabase,
} from "#tests/support/databases/databases.ts"
import { createTestDatabase, freePort } from "#tests/support/databases/postgres.ts"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { within } from "#tests/support/within.ts"

const ada = { id: "ada", name: "Ada é 👩‍🚀 𝒳", email: "ada@example.org" }

describeEachDatabase("a database", (open) => {
  test("is migrated and gives back the text it was given", async () => {
    const { db } = await open()
    await db.insert(user).values(ada)
    expect(await db.select().from(user).where(eq(user.id, "ada"))).toMatchObject([{ ...ada, credits: 0 }])
    const found = await db.execute(sql`select name, credits::int as credits from "User" where id = ${"ada"}`)
    expect(rowsOf(found)).toEqual([{ name: ada.name, credits: 0 }])
  })

  test("keeps nothing of a transaction that fails", async () => {
    const { db } = await open()
    const failing = db.transaction(async (transaction) => {
      await transaction.insert(user).values(ada)
      throw new Error("changed my mind")
    })
    await expect(failing).rejects.toThrow("changed my mind")
    expect(await db.select().from(user)).toEqual([])
  })

  test("answers a ping", async () => {
    const database = await open()
    expect(await database.ping(1000)).toBe(true)
  })
})

test.each(drivers)("a closed database answers a ping with false and throws nothing, on %s", async (driver) => {
  const database = await openTestDatabase(driver)
  await database.close()
  expect(await database.ping(1000)).toBe(false)
})

describe.each(["postgres", "neon"] as const)("a %s server", (kind) => {
  test("F17 lets the app start while it is down, and fails a ping within its deadline", async () => {
    const port = await freePort()
    const database = await openDatabase({
      database: { kind, url: `postgres://postgres@127.0.0.1:${port}/postgres` },
      neonProxy: `127.0.0.1:${port}`,
    })
    onTestFinished(() => database.close())
    await within(3_000, async () => {
      expect(await database.ping(1000)).toBe(false)
      await expect(database.db.select().from(user)).rejects.toThrow()
    })
  })
})

test("a server that falls silent as a transaction begins costs the pool no connection", async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const proxy = await startFaultProxy({ port: Number(new URL(url).port) })
  onTestFinished(() => proxy.close())
  const { db, close } = await openDatabase({ database: { kind: "postgres", url: proxy.through(url) } })
  await db.execute(sql`select 1`)
  proxy.set({ isBlackhole: true })
  await expect(db.transaction((transaction) => transaction.execute(sql`select 1`))).rejects.toThrow()
  proxy.set({ isBlackhole: false })
  // A pool ends once it has all its connections back.
  await close()
})

describeEachNewDatabase(
  "a server",
  (open) => {
    test("fails only the transaction whose connection it drops, not the process or the next transaction", async () => {
      const { db } = await open()
      const failing = db.transaction(async (transaction) => {
        const [own] = rowsOf<{ id: number }>(await transaction.execute(sql`select pg_backend_pid() as id`))
        await db.execute(sql`select pg_terminate_backend(${own?.id}::int)`)
        await transaction.insert(user).values(ada)
      })
      await expect(failing).rejects.toThrow()
      expect(await db.select().from(user)).toEqual([])
    })

    test("is asked over a new connection when it drops an idle one", async () => {
      const { db } = await open()
      const others = sql`from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
      await Promise.all([db.execute(sql`select 1`), db.execute(sql`select 1`), db.execute(sql`select 1`)])
      await db.execute(sql`select pg_terminate_backend(pid) ${others}`)
      expect(await db.select().from(user)).toEqual([])
    })

    test("gives the connection of a transaction that timed out to no other query", async () => {
      const { db } = await open()
      await db.insert(user).values(ada)
      const rename = (name: string) => db.update(user).set({ name }).where(eq(user.id, "ada"))
      await db.transaction(async (other) => {
        await other.update(user).set({ name: "held" })
        const givenUp = db.transaction((transaction) => transaction.update(user).set({ name: "given up" }))
        await expect(givenUp).rejects.toThrow()
      })
      // Inside the given-up transaction these writes would be lost.
      await Promise.all(Array.from({ length: 5 }, (_, index) => rename(`name ${index}`)))
      await rename("last")
      const idle = sql`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'`
      expect(rowsOf(await db.execute(idle))).toEqual([{ count: 0 }])
      expect(await db.select({ name: user.name }).from(user)).toEqual([{ name: "last" }])
    })

    test("is given up within 3 s when it does not answer a query", async () => {
      const { db } = await open()
      await within(3_000, () => expect(db.execute(sql`select pg_sleep(60)`)).rejects.toThrow())
    })
  },
  ["postgres", "neon"],
)
