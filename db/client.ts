/**
 * Opens the database with any of the drivers. No other file imports a driver, and each is loaded only if it is used.
 */
import { mkdir } from "node:fs/promises"
import path from "node:path"
import { sql } from "drizzle-orm"
import type { Config } from "#lib/config.ts"
import { applyMigrations } from "./apply-migrations.ts"
import { type Db, rowsOf } from "./db.ts"
import { answeredWithin, connectTimeoutMs, NoAnswer, patienceMs, queryTimeoutMs } from "./deadline.ts"
import {
  addressWithin,
  type Home,
  homeOf,
  homeStatement,
  journalTable,
  publicHome,
  type SchemasSeen,
} from "./home-schema.ts"
import { boundPglite } from "./pglite-bounds.ts"
import { lockFolder } from "./pglite-lock.ts"
import { careFor, type Pool } from "./pool-care.ts"
import { type PoolQueue, queueFor } from "./pool-queue.ts"
import { copyPrepared, preparedFolder } from "./prepared-folder.ts"
import * as schema from "./schema.ts"
import { WrongEncoding } from "./start-problems.ts"
import { keepUpToDate } from "./upkeep.ts"

export interface Database {
  db: Db
  driver: Config["database"]["kind"]
  /** Tests the database. @returns false if no answer arrives within `deadlineMs`; never throws */
  ping(deadlineMs: number): Promise<boolean>
  close(): Promise<void>
}

export interface DatabaseOptions {
  database: Config["database"]
  /** default: `drizzle` in the process's working directory, the root for `next start` and our scripts */
  migrationsFolder?: string
  /** "host:port" of a plain WebSocket proxy in front of a Postgres that is not Neon's, for tests */
  neonProxy?: string | undefined
  /** called with errors of idle connections, and with the reason why a server's tables are not up to date */
  onProblem?: (error: unknown) => void
}

/** A server that does not answer, or PGlite after a full disk, must not keep a process from ending. */
const closeTimeoutMs = 3000
/** A connection that died silently leaves the pool after this time at the latest. */
const connectionLifetimeSeconds = 300
/** Applies if `DATABASE_POOL` is not set. */
const defaultConnections = 20
/** Limits one statement of a migration, or the wait for another process's migrations, while an app waits for them. */
const migrationTimeoutMs = 60_000

/**
 * Opens the embedded database, locked and migrated, or a server's. A server is migrated as soon as it is available: an
 * app starts while its database is down, and queries fail until it is up and migrated. A query fails after 3 s if the
 * database is down, and queues if it is only busy; a query that was given up may still take effect.
 * @throws if another process holds the embedded database
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { database, migrationsFolder = defaultMigrationsFolder(), onProblem = () => undefined } = options
  if (database.kind === "pglite") return openPglite(database.folder, migrationsFolder, onProblem)
  const maxConnections = database.connections ?? defaultConnections
  const { db, pool } = await openPool(options, {
    max: maxConnections,
    // Callers time out earlier; this limit is for the socket.
    connectionTimeoutMillis: connectTimeoutMs + queryTimeoutMs,
    maxLifetimeSeconds: connectionLifetimeSeconds,
  })
  const queue = queueFor(pool, { maxConnections, onProblem })
  careFor(pool, onProblem)
  const migrate = () =>
    migrateServer(options, { connectionTimeoutMillis: connectTimeoutMs, query_timeout: migrationTimeoutMs })
  const endUpkeep = await keepUpToDate({ pool, migrationsFolder, schema: database.schema, migrate, onProblem })
  return {
    db,
    driver: database.kind,
    ping: (deadlineMs) => ping(db, deadlineMs, queue),
    close() {
      endUpkeep()
      return answeredWithin(pool.end(), closeTimeoutMs)
    },
  }
}

/**
 * Brings the tables up to date, however long that takes. Of several concurrent callers one migrates and the others
 * wait.
 */
export async function migrateDatabase(options: DatabaseOptions): Promise<void> {
  if (options.database.kind !== "pglite") return migrateServer(options, { connectionTimeoutMillis: 10_000 })
  const opened = await openDatabase(options)
  return opened.close()
}

async function migrateServer(options: DatabaseOptions, deadlines: Deadlines): Promise<void> {
  const { database, migrationsFolder = defaultMigrationsFolder() } = options
  const { db, pool } = await openPool(withDirectUrl(options), { max: 1, ...deadlines })
  careFor(pool, options.onProblem)
  try {
    // One transaction locks and works: a pooler gives a session's lock to others, and may have no second connection.
    await db.transaction(async (locked) => {
      await locked.execute(sql`select pg_advisory_xact_lock(hashtext('rejoin migrations'))`)
      const [seen] = rowsOf<SchemasSeen>(await locked.execute(sql.raw(homeStatement)))
      const home = homeOf(seen, database.kind === "pglite" ? undefined : database.schema)
      await refuseOtherEncodings(locked, home)
      await applyMigrations(locked, migrationsFolder, home)
    })
  } finally {
    await pool.end()
  }
}

function withDirectUrl(options: DatabaseOptions): DatabaseOptions {
  const { database } = options
  if (database.kind === "pglite" || database.directUrl === undefined) return options
  return { ...options, database: { ...database, url: database.directUrl } }
}

/** Refuses encodings other than UTF-8, but only before there are tables, so that a server in use keeps working. */
async function refuseOtherEncodings(db: Db, home: Home): Promise<void> {
  const asked = await db.execute(
    sql`select current_setting('server_encoding') as encoding, not exists (
      select from pg_tables where schemaname = ${home.journalSchema} and tablename = ${journalTable}
    ) as "isNew"`,
  )
  const [found] = rowsOf<{ encoding: string; isNew: boolean }>(asked)
  if (found?.isNew && found.encoding !== "UTF8") throw new WrongEncoding(found.encoding)
}

async function openPglite(
  folder: string,
  migrationsFolder: string,
  onProblem: (error: unknown) => void,
): Promise<Database> {
  const [{ PGlite }, { drizzle }] = await Promise.all([import("@electric-sql/pglite"), import("drizzle-orm/pglite")])
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(folder)
  await copyPrepared(folder, preparedFolder()).catch(onProblem)
  const client = new PGlite(folder)
  const close = () => answeredWithin(client.close(), closeTimeoutMs).finally(unlock)
  try {
    await client.waitReady
    const db: Db = drizzle({ client, schema })
    await db.transaction((transaction) => applyMigrations(transaction, migrationsFolder, publicHome))
    boundPglite(client, { deadlineMs: connectTimeoutMs + queryTimeoutMs, patienceMs })
    return { db, driver: "pglite", ping: (deadlineMs) => ping(db, deadlineMs), close }
  } catch (error) {
    await Promise.allSettled([close()])
    throw error
  }
}

interface Deadlines {
  connectionTimeoutMillis: number
  query_timeout?: number
}

interface PoolSettings extends Deadlines {
  max: number
  maxLifetimeSeconds?: number
}

async function openPool(
  { database, neonProxy }: DatabaseOptions,
  settings: PoolSettings,
): Promise<{ db: Db; pool: Pool }> {
  if (database.kind === "pglite") throw new TypeError("The embedded database has no pool")
  const connectionString = addressWithin(database.schema, database.url)
  return database.kind === "neon"
    ? openNeonPool({ connectionString, ...settings }, neonProxy)
    : openPostgresPool({ connectionString, ...settings })
}

async function openPostgresPool(
  settings: PoolSettings & { connectionString: string },
): Promise<{ db: Db; pool: Pool }> {
  const [{ Pool }, { drizzle }] = await Promise.all([import("pg"), import("drizzle-orm/node-postgres")])
  const pool = new Pool({ keepAlive: true, ...settings })
  return { db: drizzle({ client: pool, schema }), pool }
}

async function openNeonPool(
  settings: PoolSettings & { connectionString: string },
  proxy: string | undefined,
): Promise<{ db: Db; pool: Pool }> {
  const [{ Pool, neonConfig }, { drizzle }] = await Promise.all([
    import("@neondatabase/serverless"),
    import("drizzle-orm/neon-serverless"),
  ])
  if (proxy !== undefined) {
    neonConfig.wsProxy = (host, port) => `${proxy}/?address=${host}:${port}`
    neonConfig.useSecureWebSocket = false
    neonConfig.pipelineTLS = false
    neonConfig.pipelineConnect = false
  }
  const pool = new Pool(settings)
  return { db: drizzle({ client: pool, schema }), pool }
}

function defaultMigrationsFolder(): string {
  return path.join(process.cwd(), "drizzle")
}

async function ping(db: Db, deadlineMs: number, queue?: PoolQueue): Promise<boolean> {
  return answeredWithin(db.execute(sql`select 1`), deadlineMs).then(
    () => true,
    // A query that was never sent may have met a database that is busy with others.
    (error: unknown) => error instanceof NoAnswer && (queue?.hasAnsweredWithin(deadlineMs) ?? false),
  )
}
