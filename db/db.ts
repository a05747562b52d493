import type { ExtractTablesWithRelations } from "drizzle-orm"
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core"
import type * as schema from "./schema.ts"

/** A database, or a transaction in one, with any of the three drivers. */
export type Db = PgDatabase<PgQueryResultHKT, typeof schema, ExtractTablesWithRelations<typeof schema>>

/**
 * Returns the rows of `db.execute`, trusted to match the statement. Dates arrive as text, and 64-bit integers as text
 * or number depending on the driver, so cast them in SQL.
 */
export function rowsOf<Row>(result: unknown): Row[] {
  // Every driver's result has this property, but drizzle's common type lacks it.
  return (result as { rows: Row[] }).rows
}
