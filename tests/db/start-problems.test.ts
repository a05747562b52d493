/** The sentences that an operator gets about an unusable server, from real refusals of a real server. */
import { randomUUID } from "node:crypto"
import { readFile } from "node:fs/promises"
import { expect, onTestFinished, test, vi } from "vitest"
import { migrateDatabase, openDatabase } from "#db/client.ts"
import { startProblem } from "#db/start-problems.ts"
import { connectOnceUp, createTestDatabase } from "#tests/support/databases/postgres.ts"

/** As drizzle-kit notes it. */
interface Migration {
  tag: string
  when: number
}

async function reportedProblem(url: string): Promise<string> {
  const onProblem = vi.fn<(error: unknown) => void>()
  const { close } = await openDatabase({ database: { kind: "postgres", url }, onProblem })
  await close()
  return onProblem.mock.calls.map(([error]) => String(error)).join("\n")
}

async function emptyDatabase(options = "") {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const client = await connectOnceUp(url)
  onTestFinished(() => client.end())
  if (options === "") return { url, client }
  const name = `test_${randomUUID().replaceAll("-", "")}`
  await client.query(`create database ${name} ${options}`)
  onTestFinished(async () => void (await client.query(`drop database ${name} with (force)`)))
  return { url: new URL(name, url).href, client }
}

test("I4 an unknown database, role, host or port is named in the error", async () => {
  const { url } = await emptyDatabase()
  expect(await reportedProblem(new URL("no_such_database", url).href)).toContain(
    "no database of the name in DATABASE_URL",
  )
  expect(await reportedProblem(url.replace("postgres@", "nobody@"))).toContain("refuses the role or its password")
  expect(await reportedProblem(url.replace(/:\d+\//, ":1/"))).toContain("Nothing listens at the host and port")
  expect(await reportedProblem("postgres://ada@/chat?host=/no/such/folder")).toContain("no socket in the folder")
  expect(await reportedProblem(`${url}?sslmode=verify-full`)).toContain("takes no encrypted connections")
})

test("I4 a standby or read-only database is named in the error", async () => {
  const { url, client } = await emptyDatabase()
  await client.query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`)
  expect(await reportedProblem(url)).toContain("Name the server that takes writes")
})

test("I4 a table that is not ours is left alone and reported", async () => {
  const { url, client } = await emptyDatabase()
  await client.query('create table "User" (mine text)')
  const problem = await reportedProblem(url)
  expect(problem).toContain("was not made by these migrations")
  expect(problem).not.toContain("make schemas")
  expect((await client.query('select * from "User"')).rows).toEqual([])
})

test("I4 tables owned by another role are reported when a migration is pending", async () => {
  const { url, client } = await emptyDatabase()
  await migrateDatabase({ database: { kind: "postgres", url } })
  const role = `role_${randomUUID().replaceAll("-", "")}`
  await client.query(`create role ${role} login`)
  onTestFinished(async () => {
    await client.query(`drop owned by ${role}`)
    await client.query(`drop role ${role}`)
  })
  await client.query(`grant create on database ${new URL(url).pathname.slice(1)} to ${role}`)
  await client.query(`grant all on schema public, drizzle to ${role}`)
  await client.query(`grant all on all tables in schema public, drizzle to ${role}`)
  await client.query(`grant all on all sequences in schema drizzle to ${role}`)
  // One that changes a table comes first: making another is allowed to this role.
  const { entries } = JSON.parse(await readFile("drizzle/meta/_journal.json", "utf8")) as { entries: Migration[] }
  const pending = entries.find(({ tag }) => tag === "0005_agent_runs")?.when
  await client.query("delete from drizzle.__drizzle_migrations where created_at >= $1", [pending])
  expect(await reportedProblem(url.replace("postgres@", `${role}@`))).toContain("The tables belong to another role")
})

test("I4 a database whose encoding cannot hold people's text gets no tables", async () => {
  const { url } = await emptyDatabase("encoding 'LATIN1' locale 'C' template template0")
  expect(await reportedProblem(url)).toContain("encoding is LATIN1")
  const client = await connectOnceUp(url)
  onTestFinished(() => client.end())
  expect((await client.query("select from pg_tables where schemaname = 'public'")).rows).toEqual([])
})

test("I4 every driver and server error about passwords, certificates and permissions has a sentence", () => {
  const errorOf = (message: string, code?: string) =>
    new Error("Failed query", { cause: Object.assign(new Error(message), code && { code }) })
  for (const [error, sentence] of [
    [errorOf('password authentication failed for user "ada"', "28P01"), "refuses the role or its password"],
    [errorOf("no pg_hba.conf entry for host, no encryption", "28000"), "encrypted connections only"],
    [errorOf("SASL: client password must be a string"), "DATABASE_URL has none"],
    [errorOf("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"), "certificate is not trusted"],
    [errorOf("altnames", "ERR_TLS_CERT_ALTNAME_INVALID"), "certificate is not trusted"],
    [errorOf("getaddrinfo", "ENOTFOUND"), "has no address"],
    [errorOf("permission denied for schema public", "42501"), "db:migrate"],
  ] as const)
    expect(startProblem(error)).toContain(sentence)
  expect(startProblem(new Error("something else"))).toBeUndefined()
})
