import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import { sql } from "drizzle-orm"
import { expect, onTestFinished, test } from "vitest"
import { migrateDatabase, openDatabase } from "#db/client.ts"
import { rowsOf } from "#db/db.ts"
import { user } from "#db/schema.ts"
import { startPgBouncer } from "#tests/support/databases/pgbouncer.ts"
import { connectOnceUp, createTestDatabase, freePort } from "#tests/support/databases/postgres.ts"

/** Each test starts a process or two, which takes long on a busy machine. */
const startingMs = 60_000

/** Advisory locks of this database. */
const heldLocks = `
  select from pg_locks join pg_database on pg_database.oid = database
  where locktype = 'advisory' and datname = current_database()`

function migrate(url: string) {
  const env = { ...process.env, DATABASE_URL: url, BETTER_AUTH_SECRET: "s".repeat(32) }
  return promisify(execFile)(process.execPath, ["db/migrate.ts"], { env })
}

test("db:migrate creates the tables, says so in a sentence, and may be run again", {
  timeout: startingMs,
}, async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  for (let run = 0; run < 2; run++)
    expect(await migrate(url)).toMatchObject({ stdout: "The database (postgres) is up to date.\n", stderr: "" })
  const database = await openDatabase({ database: { kind: "postgres", url } })
  onTestFinished(() => database.close())
  expect(await database.db.select().from(user)).toEqual([])
})

test("db:migrate run by several processes at once on a new database happens once, and each of them succeeds", {
  timeout: startingMs,
}, async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const inHere = Array.from({ length: 4 }, () => migrateDatabase({ database: { kind: "postgres", url } }))
  const said = await Promise.all([migrate(url), migrate(url), ...inHere])
  for (const each of said.slice(0, 2)) expect(each).toMatchObject({ stderr: "" })
  const database = await openDatabase({ database: { kind: "postgres", url } })
  onTestFinished(() => database.close())
  const applied = await database.db.execute(sql`select hash from drizzle.__drizzle_migrations`)
  const { entries } = JSON.parse(await readFile("drizzle/meta/_journal.json", "utf8")) as { entries: unknown[] }
  expect(rowsOf(applied)).toHaveLength(entries.length)
})

test.each([
  { pool_mode: "transaction", default_pool_size: "2" },
  { pool_mode: "transaction", default_pool_size: "1" },
  { pool_mode: "session", default_pool_size: "2" },
])(
  "I3 six servers that start at once behind a pooler of few connections migrate once, and all work (%j)",
  async (settings) => {
    const { url, drop } = await createTestDatabase()
    onTestFinished(drop)
    const pooler = await startPgBouncer(url, settings)
    onTestFinished(() => pooler.stop())
    const database = { kind: "postgres", url: pooler.url } as const
    await Promise.all(Array.from({ length: 6 }, () => migrateDatabase({ database })))
    const client = await connectOnceUp(url)
    onTestFinished(() => client.end())
    const { rows } = await client.query("select created_at, count(*)::int from drizzle.__drizzle_migrations group by 1")
    expect(rows.length).toBeGreaterThan(1)
    for (const { count } of rows) expect(count).toBe(1)
    // No lock outlives its owner.
    expect((await client.query(heldLocks)).rowCount).toBe(0)
  },
)

test("I3 tables are made by the direct address, where there is one", async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const pooler = `postgres://u@127.0.0.1:${await freePort()}/chat`
  await migrateDatabase({ database: { kind: "postgres", url: pooler, directUrl: url } })
  const database = await openDatabase({ database: { kind: "postgres", url } })
  onTestFinished(() => database.close())
  expect(await database.db.select().from(user)).toEqual([])
})

test("db:migrate fails with one sentence when the server is down", { timeout: startingMs }, async () => {
  const port = await freePort()
  await expect(migrate(`postgres://u:hunter2@127.0.0.1:${port}/chat`)).rejects.toMatchObject({
    code: 1,
    stderr: `The database was not changed. Nothing listens at the host and port in DATABASE_URL. (connect ECONNREFUSED 127.0.0.1:${port})\n`,
  })
})

test("chats older than branches keep their order: each message is given its parent", async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  // Opened in another way than the app does, which would migrate it.
  const client = await connectOnceUp(url)
  onTestFinished(() => client.end())
  const run = async (file: string) => {
    const statements = (await readFile(`drizzle/${file}.sql`, "utf8")).split("--> statement-breakpoint")
    for (const statement of statements) await client.query(statement)
  }
  await run("0000_first")
  await client.query(`
    with owner as (insert into "User" (id, name, email) values ('u', 'U', 'u@example.com') returning id),
    new_chat as (insert into "Chat" (id, "userId", agent, title) select gen_random_uuid(), id, 'assistant', '' from owner returning id)
    insert into "Message" (id, "chatId", role, parts, status, "replacedAt")
    select entry.id, new_chat.id, entry.role, '[]', 'COMPLETE', case when entry."isReplaced" then now() end
    from new_chat, (values ('q1', 'user', false), ('a1', 'assistant', true), ('a2', 'assistant', false), ('q2', 'user', false))
      as entry (id, role, "isReplaced")`)
  await run("0001_branches_and_uploads")
  const { rows } = await client.query('select id, "parentId" from "Message" order by seq')
  expect(rows.map(({ id, parentId }) => [id, parentId])).toEqual([
    ["q1", null],
    ["a1", "q1"],
    ["a2", "q1"],
    ["q2", "a2"],
  ])
})
