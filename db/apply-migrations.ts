/**
 * Replaces drizzle's migrator with two differences: the tables may be in any schema, and an existing schema is not
 * created again, which would need a right on the whole database.
 */
import { sql } from "drizzle-orm"
import { readMigrationFiles } from "drizzle-orm/migrator"
import type { Db } from "./db.ts"
import { type Home, journalTable, quoted } from "./home-schema.ts"

/**
 * Applies all pending migrations.
 * @param transaction in which they happen, all or none. Its search path is the tables' schema from then on.
 */
export async function applyMigrations(transaction: Db, migrationsFolder: string, home: Home): Promise<void> {
  const journal = sql`${sql.identifier(home.journalSchema)}.${sql.identifier(journalTable)}`
  await makeSchema(transaction, home.schema)
  await makeSchema(transaction, home.journalSchema)
  await transaction.execute(sql`select set_config('search_path', ${quoted(home.schema)}, true)`)
  await transaction.execute(
    sql`create table if not exists ${journal} (id serial primary key, hash text not null, created_at bigint)`,
  )
  const madeAt = sql<number | null>`max(created_at)::float8`
  const [applied] = await transaction.select({ madeAt }).from(journal)
  for (const { sql: statements, hash, folderMillis } of readMigrationFiles({ migrationsFolder })) {
    if (folderMillis <= (applied?.madeAt ?? 0)) continue
    // drizzle-kit writes the schema only before referenced tables.
    for (const statement of statements) await transaction.execute(sql.raw(statement.replaceAll('"public".', "")))
    await transaction.execute(sql`insert into ${journal} (hash, created_at) values (${hash}, ${folderMillis})`)
  }
}

async function makeSchema(db: Db, schema: string): Promise<void> {
  const isThere = await db.select({ oid: sql`oid` }).from(sql`pg_namespace`).where(sql`nspname = ${schema}`)
  if (isThere.length === 0) await db.execute(sql`create schema ${sql.identifier(schema)}`)
}
