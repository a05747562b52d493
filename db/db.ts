import type { ExtractTablesWithRelations } from "drizzle-orm"
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core"
import type * as schema from "./schema.ts"

/** What all three drivers do alike: a database, or a transaction in one. */
export type Db = PgDatabase<PgQueryResultHKT, typeof schema, ExtractTablesWithRelations<typeof schema>>

/**
 * The rows of `db.execute`, trusted to be as the statement says: dates come as text, and 64-bit whole numbers
 * as text or number by driver, so cast them in SQL.
 */
export function rowsOf<Row>(result: unknown): Row[] {
  // Every driver's result has its rows here; drizzle's common type does not say so.
  return (result as { rows: Row[] }).rows
}
