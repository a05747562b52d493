/**
 * Explains why a database server cannot be used, in a sentence for the person who starts the app. The log also has the
 * server's own words.
 */
import { causesOf, sqlStateOf } from "./failures.ts"

/** Returns the obstacle and its remedy; undefined if the error says nothing that a person could act on. */
export function startProblem(error: unknown): string | undefined {
  const causes = causesOf(error)
  const encoding = causes.find((cause) => cause instanceof WrongEncoding)
  if (encoding) return encoding.message
  const schema = causes.find((cause) => cause instanceof WrongSchema)
  if (schema) return schema.message
  const words = causes.map(({ message }) => message).join("\n")
  const state = sqlStateOf(error)
  if (state === "42501" && /must be owner/i.test(words)) return tablesOfAnother
  if (state === "28000" && /no encryption|SSL off/i.test(words)) return unencrypted
  if (/startup parameter/i.test(words)) return noSearchPath
  if (state !== undefined) return bySqlState[state]
  for (const cause of causes) {
    const code = "code" in cause ? String(cause.code) : ""
    if (/CERT|ERR_TLS|SIGNATURE|ISSUER/.test(code)) return distrusted
    if (byNetworkCode[code] !== undefined) return byNetworkCode[code]
  }
  return byWords.find(([pattern]) => pattern.test(words))?.[1]
}

/** A database whose encoding cannot hold every text. */
export class WrongEncoding extends Error {
  override readonly name = "WrongEncoding"

  constructor(encoding: string) {
    super(
      `The database's encoding is ${encoding}, which has no place for all that people write. ` +
        "Make one with \"create database … encoding 'UTF8' template template0\".",
    )
  }
}

/** There is no schema for the tables, or another one than configured. */
export class WrongSchema extends Error {
  override readonly name = "WrongSchema"
  /** a server's code for a missing schema */
  readonly code = "3F000"

  /** @param wanted the configured schema */
  constructor(wanted?: string) {
    super(wanted === undefined ? noSchema : noSearchPath)
  }
}

const noSchema =
  'No schema on this role\'s search path is there and open to it. Make one with "create schema … authorization …", or correct the path.'
const noSearchPath =
  "A pooler in front keeps what DATABASE_SCHEMA asks for from the server. Leave it out, and set the schema for the role: " +
  '"alter role … set search_path = …".'
const wrongRole =
  "The server refuses the role or its password. Look at both in DATABASE_URL, and whether this host may log in as it."
const tablesOfAnother =
  'The tables belong to another role. Run "npm run db:migrate" as the role that owns them, or give them to this one.'
const unencrypted = "The server takes encrypted connections only. Add sslmode=verify-full to DATABASE_URL."
const distrusted =
  "The server's certificate is not trusted. Name its authority in DATABASE_URL by sslrootcert, and the host as the " +
  "certificate does; sslmode=no-verify encrypts without looking at it."
const strangersTable =
  "A table or type of the same name is there that was not made by these migrations. Use a database that is only Rejoin's."
const changedTables =
  "The tables are not as the last migration left them. Bring back what was taken away or renamed, or restore a backup."

const bySqlState: Record<string, string> = {
  "28P01": wrongRole,
  "28000": wrongRole,
  "3D000": 'There is no database of the name in DATABASE_URL. Make it with "create database", or correct the name.',
  "42501":
    'Run "npm run db:migrate" as a role that may make schemas and tables, or give this role that right: ' +
    '"create schema … authorization …" gives it a schema of its own.',
  "3F000": noSchema,
  "42P07": strangersTable,
  "42710": strangersTable,
  "42P01": changedTables,
  "42703": changedTables,
  "42704": changedTables,
  "25006": "It is a standby, or set to be only read. Name the server that takes writes in DATABASE_URL.",
  "53100": "Its disk is full.",
  "53300": "It gives no further connection. Lower DATABASE_POOL, or raise its max_connections.",
  "57P03": "It is starting or ending.",
}

const byNetworkCode: Record<string, string> = {
  ENOTFOUND: "The host in DATABASE_URL has no address. Look at its name.",
  EAI_AGAIN: "The host in DATABASE_URL could not be looked up.",
  ECONNREFUSED: "Nothing listens at the host and port in DATABASE_URL.",
  ENOENT: "There is no socket in the folder that DATABASE_URL names.",
  EACCES: "This process may not open the socket that DATABASE_URL names.",
  EHOSTUNREACH: "No way leads to the host in DATABASE_URL.",
  ENETUNREACH: "No way leads to the host in DATABASE_URL.",
  ETIMEDOUT: "The host in DATABASE_URL does not answer.",
}

const byWords: [RegExp, string][] = [
  [/does not support SSL/i, "The server takes no encrypted connections, and sslmode in DATABASE_URL asks for one."],
  [/password must be a (non-empty )?string/i, "The server asks for a password, and DATABASE_URL has none."],
  [/Client password/i, "The server asks for a password, and DATABASE_URL has none."],
  [/no such database/i, "The pooler in front knows no database of the name in DATABASE_URL."],
]
