/**
 * Databases with today's tables and nothing in them. To make and migrate one costs more than most tests: they are made
 * from one template, and lent again once they are empty.
 */
import { Client } from "pg"
import { inject } from "vitest"
import { migrateDatabase } from "#db/client.ts"
import { administer, connectOnceUp, createTestDatabase, type TestPostgres } from "./postgres.ts"

const template = "migrated"

/** Deletes every row; the journal of migrations is in a schema of its own. */
export const emptying = `do $$
declare
  found text;
begin
  -- In any order: what refers to a row that is gone already goes, too.
  perform set_config('session_replication_role', 'replica', true);
  for found in select quote_ident(tablename) from pg_tables where schemaname = 'public' loop
    execute 'delete from ' || found;
  end loop;
end $$`

/** For tests that change tables or settings: `drop` removes the database. */
export async function cloneMigrated(): Promise<TestPostgres> {
  await templateMade()
  return createTestDatabase(template)
}

interface Lent {
  url: string
  /** to empty it; kept, for a connection costs Postgres more than that does */
  client: Client
}

declare global {
  var returnedDatabases: Lent[] | undefined
}

/**
 * Outlives a test file, whose modules the next file of the process loads anew: each would keep its own connections open
 * until Postgres grants no more.
 */
globalThis.returnedDatabases ??= []
const returned = globalThis.returnedDatabases

/** For tests that leave nothing but rows and connections: `drop` ends these, deletes those, and keeps the database. */
export async function lendMigrated(): Promise<TestPostgres> {
  const { url, client } = returned.pop() ?? (await open(await cloneMigrated()))
  return {
    url,
    async drop() {
      await client.query(`select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`)
      await client.query(emptying)
      returned.push({ url, client })
    },
  }
}

async function open({ url }: TestPostgres): Promise<Lent> {
  const client = new Client({ connectionString: url })
  client.on("error", () => undefined) // the run's Postgres ends before this process does
  await client.connect()
  return { url, client }
}

let making: Promise<void> | undefined

/** Makes the template unless another process of this run has made it. */
function templateMade(): Promise<void> {
  making ??= make()
  return making
}

async function make(): Promise<void> {
  const provided = inject("postgres")
  if ("missing" in provided) throw new Error(provided.missing)
  const client = await connectOnceUp(provided.url)
  try {
    await client.query("select pg_advisory_lock(hashtext($1))", [template])
    const { rowCount } = await client.query("select from pg_database where datname = $1", [template])
    if (rowCount) return
    const { url } = await createTestDatabase()
    await migrateDatabase({ database: { kind: "postgres", url } })
    await administer(provided.url, `alter database ${new URL(url).pathname.slice(1)} rename to ${template}`)
  } finally {
    await client.end()
  }
}
