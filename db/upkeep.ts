/**
 * Brings a database server's tables up to date when an app starts, or as soon as the server is available and grants the
 * right. Until then no query is sent: it would meet missing or half migrated tables.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { answeredWithin, connectTimeoutMs } from "./deadline.ts"
import { isForbidden, isMissing, isUnavailable } from "./failures.ts"
import { homeOf, homeStatement, journalTable, quoted, type SchemasSeen } from "./home-schema.ts"
import type { Pool } from "./pool-care.ts"
import { startProblem } from "./start-problems.ts"

export interface UpkeepOptions {
  /** the app's pool; it refuses queries until the tables are up to date */
  pool: Pool
  migrationsFolder: string
  /** the configured schema of the tables, if any */
  schema?: string | undefined
  /** applies pending migrations, once for all processes that do so at the same time */
  migrate(): Promise<void>
  onProblem(error: unknown): void
}

/** A start waits no longer than this; migration then continues while `/api/health` answers 503. */
const startMs = 10_000
const retryMs = 1_000
/** Applies to obstacles that only a person can remove, such as missing rights. */
const slowRetryMs = 10_000

/**
 * Takes two statements and only the right to read if nothing is pending. Retries until it succeeds.
 * @returns once the tables are up to date, or after 10 s, a function that ends the retries
 */
export async function keepUpToDate(options: UpkeepOptions): Promise<() => void> {
  const { pool, migrate, onProblem } = options
  const ending = new AbortController()
  const ask = holdBack(pool, allowed)
  let isUpToDate = false
  let attempting: Promise<void> | undefined
  let pauseMs = retryMs
  let lastReported: string | undefined

  /** Runs one attempt at a time, shared by all callers. Never rejects. */
  function attempt(): Promise<void> {
    attempting ??= bringUpToDate()
      .catch(note)
      .finally(() => {
        attempting = undefined
      })
    return attempting
  }

  async function bringUpToDate(): Promise<void> {
    if (await isPending(ask, options)) await migrate()
    isUpToDate = true
  }

  function note(error: unknown): void {
    const problem = problemOf(error)
    if (problem.message !== lastReported && !ending.signal.aborted) onProblem(problem)
    lastReported = problem.message
    pauseMs = isUnavailable(error) ? retryMs : slowRetryMs
  }

  /**
   * Permits a query once the tables are up to date. After an outage it first makes a new attempt, since the caller
   * needs the current state.
   */
  async function allowed(): Promise<void> {
    if (!isUpToDate && pauseMs === retryMs) await answeredWithin(attempt(), connectTimeoutMs)
    if (!isUpToDate) throw new Error("The database's tables are not up to date")
  }

  async function repeat(): Promise<void> {
    while (!isUpToDate) {
      await wait(pauseMs, undefined, { signal: ending.signal, ref: false })
      await attempt()
    }
  }

  await answeredWithin(attempt(), startMs).catch(() =>
    onProblem(
      new Error("The database's tables are still being brought up to date. Nothing is asked of it until they are."),
    ),
  )
  // It rejects only when it is ended.
  repeat().catch(() => undefined)
  return () => ending.abort()
}

type Ask = (statement: string) => Promise<{ rows: unknown[] }>

/** Compares the newest applied migration with the folder's: both record when it was made. */
async function isPending(ask: Ask, { migrationsFolder, schema, onProblem }: UpkeepOptions): Promise<boolean> {
  const journal = JSON.parse(await readFile(path.join(migrationsFolder, "meta/_journal.json"), "utf8")) as Journal
  const newest = Math.max(...journal.entries.map(({ when }) => when))
  const seen = await ask(homeStatement)
  const { journalSchema } = homeOf((seen.rows as SchemasSeen[])[0], schema)
  try {
    const { rows } = await ask(
      `select max(created_at)::float8 as "madeAt" from ${quoted(journalSchema)}.${journalTable}`,
    )
    const [applied] = rows as { madeAt: number | null }[]
    return (applied?.madeAt ?? 0) < newest
  } catch (error) {
    if (isMissing(error)) return true
    if (!isForbidden(error)) throw error
    // Another role has created the tables and maintains them.
    onProblem(
      new Error(
        `This role may not read ${journalSchema}.${journalTable}, so it is unknown whether the tables are up to date. ` +
          `Run "npm run db:migrate" before each new version, or grant it usage on the schema ${journalSchema} and select on that table.`,
        { cause: error },
      ),
    )
    return false
  }
}

/** drizzle-kit's file of migrations */
interface Journal {
  entries: { when: number }[]
}

/**
 * Makes the pool wait for permission.
 * @param allowed rejects while queries are refused
 * @returns the pool's original `query`, which is not held back
 */
function holdBack(pool: Pool, allowed: () => Promise<void>): Ask {
  const query = pool.query.bind(pool)
  const connect = pool.connect.bind(pool)
  pool.query = async (...given) => {
    await allowed()
    return query(...given)
  }
  pool.connect = (...given) => {
    // A call with a callback is the pool's own query connecting.
    if (given.length > 0) return connect(...given)
    // Without a callback both drivers return a promise.
    return allowed().then(() => connect() as Promise<never>)
  }
  return query
}

function problemOf(cause: unknown): Error {
  const why = startProblem(cause)
  if (isUnavailable(cause))
    return new Error(
      `The database does not answer${why ? ` as it should. ${why}` : "."} Its tables are looked at as soon as it does.`,
      { cause },
    )
  return new Error(
    "The database's tables could not be brought up to date, and nothing is asked of it until they are. " +
      (why ?? 'Look at what the database says, and try "npm run db:migrate".'),
    { cause },
  )
}
