/**
 * Finds the schema of a server's database that holds Rejoin's tables; another deployment may use another schema beside
 * it.
 */
import { WrongSchema } from "./start-problems.ts"

export interface Home {
  schema: string
  /** schema of the table of applied migrations */
  journalSchema: string
}

export const journalTable = "__drizzle_migrations"
/** Drizzle's default place for its journal, used by all deployments from before the schema could be chosen. */
export const publicHome: Home = { schema: "public", journalSchema: "drizzle" }

/**
 * Existing tables on the search path stay in use, even if new ones would be created in an earlier schema of the path.
 */
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
 * Decides the schema.
 * @param wanted the configured schema, if any, which `addressWithin` requests from the server
 * @throws WrongSchema if that request was lost on the way, or if there is no schema for the tables
 */
export function homeOf(seen: SchemasSeen | undefined, wanted: string | undefined): Home {
  if (wanted !== undefined && seen?.path !== wanted) throw new WrongSchema(wanted)
  const schema = wanted ?? seen?.found ?? seen?.first
  if (!schema) throw new WrongSchema()
  return schema === publicHome.schema ? publicHome : { schema, journalSchema: schema }
}

/** Returns the database's address with this schema as the only one that its connections see. */
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
