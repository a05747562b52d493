/** Tables in another schema than `public`, in a real server's database. */
import { randomUUID } from "node:crypto"
import { sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/node-postgres"
import { migrate } from "drizzle-orm/node-postgres/migrator"
import { expect, onTestFinished, test, vi } from "vitest"
import { type Database, migrateDatabase, openDatabase } from "#db/client.ts"
import { rowsOf } from "#db/db.ts"
import { addressWithin } from "#db/home-schema.ts"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { chat } from "#db/schema.ts"
import { startNeonProxy } from "#tests/support/databases/neon-proxy.ts"
import { startPgBouncer } from "#tests/support/databases/pgbouncer.ts"
import { connectOnceUp, createTestDatabase } from "#tests/support/databases/postgres.ts"
import { endOf, newUser, text, turn } from "#tests/support/databases/turns.ts"

test.each(["postgres", "neon"] as const)(
  "I4 two %s deployments coexist in one database, each in its schema",
  async (kind) => {
    const { url, client } = await emptyDatabase()
    const proxy = kind === "neon" ? await startNeonProxy() : undefined
    onTestFinished(() => proxy?.close())
    const openIn = (schema: string | undefined) => open({ kind, url, schema }, proxy?.address)
    const stored = new Map<string | undefined, string>()
    for (const schema of ["one", "two", undefined]) stored.set(schema, await storeChat(await openIn(schema)))
    for (const [schema, chatId] of stored) {
      const { db } = await openIn(schema)
      expect(await db.select({ id: chat.id }).from(chat)).toEqual([{ id: chatId }])
    }
    expect(await journals(client)).toEqual(["drizzle", "one", "two"])
    expect(await crossReferences(client)).toEqual([])
  },
)

test("I4 a restart finds its schema's journal and repeats no migration", async () => {
  const { url, client } = await emptyDatabase()
  const count = async () => (await client.query("select count(*)::int from one.__drizzle_migrations")).rows[0].count
  const database = { kind: "postgres", url, schema: "one" } as const
  await migrateDatabase({ database })
  const before = await count()
  await migrateDatabase({ database })
  await open(database)
  expect(await count()).toBe(before)
})

test("I4 a role's search path is enough, even beside a deployment in public or behind a pooler", async () => {
  const { url, client, newRole } = await emptyDatabase()
  await storeChat(await open({ kind: "postgres", url }))
  const role = await newRole()
  // Without the right to make schemas.
  await client.query(`create schema mine authorization ${role}`)
  await client.query(`alter role ${role} set search_path = mine`)
  const roleUrl = url.replace("postgres@", `${role}@`)
  const chatId = await storeChat(await open({ kind: "postgres", url: roleUrl }))
  expect(await journals(client)).toEqual(["drizzle", "mine"])
  expect(await crossReferences(client)).toEqual([])
  const pooler = await startPgBouncer(roleUrl, { pool_mode: "transaction" })
  onTestFinished(() => pooler.stop())
  const { db } = await open({ kind: "postgres", url: pooler.url })
  expect(await db.select({ id: chat.id }).from(chat)).toEqual([{ id: chatId }])
})

test.each<Record<string, string>>([{}, { ignore_startup_parameters: "options" }])(
  "I4 a pooler that refuses a search path is reported, and nothing is created elsewhere (%j)",
  async (settings) => {
    const { url, client } = await emptyDatabase()
    const pooler = await startPgBouncer(url, { pool_mode: "transaction", ...settings })
    onTestFinished(() => pooler.stop())
    expect(await reportedProblem({ kind: "postgres", url: pooler.url, schema: "one" })).toContain(
      "alter role … set search_path",
    )
    expect(await journals(client)).toEqual([])
  },
)

test("I4 a search path of missing schemas is reported as such", async () => {
  const { url, client, newRole } = await emptyDatabase()
  const role = await newRole()
  await client.query(`alter role ${role} set search_path = nowhere`)
  const problem = await reportedProblem({ kind: "postgres", url: url.replace("postgres@", `${role}@`) })
  expect(problem).toContain("No schema on this role's search path")
})

test("I4 a role that may not create the schema is told who may", async () => {
  const { url, newRole } = await emptyDatabase()
  const roleUrl = url.replace("postgres@", `${await newRole()}@`)
  expect(await reportedProblem({ kind: "postgres", url: roleUrl, schema: "one" })).toContain(
    "create schema … authorization",
  )
})

test("I4 a deployment in public stays there, even if a schema with the role's name exists", async () => {
  const { url, client, newRole } = await emptyDatabase()
  const chatId = await storeChat(await open({ kind: "postgres", url }))
  const role = await newRole()
  await client.query(`create schema ${role} authorization ${role}`)
  await client.query(`grant usage on schema public, drizzle to ${role}`)
  await client.query(`grant all on all tables in schema public, drizzle to ${role}`)
  const { db } = await open({ kind: "postgres", url: url.replace("postgres@", `${role}@`) })
  expect(await db.select({ id: chat.id }).from(chat)).toEqual([{ id: chatId }])
  const named = await open({ kind: "postgres", url, schema: "public" })
  expect(await named.db.select({ id: chat.id }).from(chat)).toEqual([{ id: chatId }])
  expect(await journals(client)).toEqual(["drizzle"])
})

test("I4 tables made by drizzle's own migrator in public are recognized, and not made again", async () => {
  const { url, client } = await emptyDatabase()
  await migrate(drizzle({ client }), { migrationsFolder: "drizzle" })
  const noted = "select * from drizzle.__drizzle_migrations order by id"
  const before = (await client.query(noted)).rows
  await migrateDatabase({ database: { kind: "postgres", url } })
  await storeChat(await open({ kind: "postgres", url }))
  expect((await client.query(noted)).rows).toEqual(before)
  expect(before.length).toBeGreaterThan(0)
})

test("I4 options in the address are kept beside the schema", async () => {
  const { url } = await emptyDatabase()
  const { db } = await open({ kind: "postgres", url: `${url}?options=-c%20work_mem%3D5MB`, schema: "one" })
  const asked = await db.execute(sql`select current_setting('work_mem') as memory, current_schema()::text as schema`)
  expect(rowsOf(asked)).toEqual([{ memory: "5MB", schema: "one" }])
  expect(addressWithin(undefined, "postgres://a@/b?host=/c")).toBe("postgres://a@/b?host=/c")
  expect(addressWithin("s", "postgres://a@/b?host=/c")).toBe("postgres://a@/b?host=%2Fc&options=-c+search_path%3Ds")
})

type Server = { kind: "postgres" | "neon"; url: string; schema?: string | undefined }

async function open(database: Server, neonProxy?: string): Promise<Database> {
  const onProblem = vi.fn()
  const opened = await openDatabase({ database, neonProxy, onProblem })
  onTestFinished(() => opened.close())
  expect(onProblem.mock.calls).toEqual([])
  return opened
}

async function reportedProblem(database: Server): Promise<string> {
  const onProblem = vi.fn<(error: unknown) => void>()
  const { close } = await openDatabase({ database, onProblem })
  await close()
  return onProblem.mock.calls.map(([error]) => String(error)).join("\n")
}

async function storeChat({ db }: Database): Promise<string> {
  const repository = chatRepository(db)
  const next = turn(await newUser(db), { text: "hello" })
  await repository.turns.register(next)
  await repository.streams.end({ ...endOf(next), parts: [text("done")] })
  return next.chatId
}

type Client = Awaited<ReturnType<typeof connectOnceUp>>

async function journals(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ schemaname: string }>(
    "select schemaname from pg_tables where tablename = '__drizzle_migrations' order by 1",
  )
  return rows.map(({ schemaname }) => schemaname)
}

/** Foreign keys from one schema to another. */
async function crossReferences(client: Client): Promise<unknown[]> {
  const { rows } = await client.query(`
    select conname from pg_constraint join pg_class target on target.oid = confrelid join pg_class source on source.oid = conrelid
    where contype = 'f' and target.relnamespace <> source.relnamespace`)
  return rows
}

async function emptyDatabase() {
  const { url, drop } = await createTestDatabase()
  const client = await connectOnceUp(url)
  const roles: string[] = []
  onTestFinished(async () => {
    for (const role of roles) {
      await client.query(`drop owned by ${role} cascade`)
      await client.query(`drop role ${role}`)
    }
    await client.end()
    await drop()
  })
  const newRole = async () => {
    const role = `role_${randomUUID().replaceAll("-", "")}`
    await client.query(`create role ${role} login`)
    roles.push(role)
    return role
  }
  return { url, client, newRole }
}
