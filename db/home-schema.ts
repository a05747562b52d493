/** Which schema of a server's database has Rejoin's tables: another deployment may have others beside it. */
import { WrongSchema } from "./start-problems.ts"

export interface Home {
  schema: string
  /** of the table that says which migrations have been applied */
  journalSchema: string
}

export const journalTable = "__drizzle_migrations"
/** Where drizzle keeps its journal unless it is told, and kept it for all who began before there was a choice. */
export const publicHome: Home = { schema: "public", journalSchema: "drizzle" }

/** Tables that are already seen stay where they are, though new ones would be made in an earlier schema of the path. */
export const homeStatement = `
  select current_setting('search_path') as "path", current_schema()::text as "first", (
    select nspname::text from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where pg_class.oid = to_regclass('"ChatStream"')
  ) as "found"`

export interface SchemasSeen {
  path: string
  first: string | null
  found: string | null
}

/**
 * @param wanted the schema that was set, if any, which `addressWithin` asks the server for
 * @throws WrongSchema where that was lost on the way, or where there is no schema to make tables in
 */
export function homeOf(seen: SchemasSeen | undefined, wanted: string | undefined): Home {
  if (wanted !== undefined && seen?.path !== wanted) throw new WrongSchema(wanted)
  const schema = wanted ?? seen?.found ?? seen?.first
  if (!schema) throw new WrongSchema()
  return schema === publicHome.schema ? publicHome : { schema, journalSchema: schema }
}

/** @returns the address of the same database, with that schema as all that its connections see */
export function addressWithin(schema: string | undefined, url: string): string {
  if (schema === undefined) return url
  const [place, query] = url.split("?", 2)
  const parameters = new URLSearchParams(query)
  parameters.set("options", `${parameters.get("options") ?? ""} -c search_path=${schema}`.trim())
  return `${place}?${parameters}`
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
