/**
 * Brings the tables of a database server up to date as an app starts, or as soon as the server is there and lets it. Until
 * then nothing is asked of it: a statement would meet tables that are not there, or half of them.
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
  /** of the app; from here on it refuses what is asked of it until the tables are up to date */
  pool: Pool
  migrationsFolder: string
  /** the one that was set for the tables, if any */
  schema?: string | undefined
  /** applies what is pending, once for all processes that do it at the same time */
  migrate(): Promise<void>
  onProblem(error: unknown): void
}

/** A start is not held up longer; what takes longer goes on, and `/api/health` says 503 meanwhile. */
const startMs = 10_000
const retryMs = 1_000
/** For what only a person can change, such as rights. */
const slowRetryMs = 10_000

/**
 * Where nothing is pending that is two statements, and no right but to read is needed.
 * @returns once that is so, or after 10 s at most, with what ends it; it is tried again until it succeeds
 */
export async function keepUpToDate(options: UpkeepOptions): Promise<() => void> {
  const { pool, migrate, onProblem } = options
  const ending = new AbortController()
  const ask = holdBack(pool, allowed)
  let isUpToDate = false
  let looking: Promise<void> | undefined
  let pauseMs = retryMs
  let lastTold: string | undefined

  /** One at a time, for all who want one. Never rejects. */
  function look(): Promise<void> {
    looking ??= bringUpToDate()
      .catch(note)
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  async function bringUpToDate(): Promise<void> {
    if (await isPending(ask, options)) await migrate()
    isUpToDate = true
  }

  function note(error: unknown): void {
    const problem = problemOf(error)
    if (problem.message !== lastTold && !ending.signal.aborted) onProblem(problem)
    lastTold = problem.message
    pauseMs = isUnavailable(error) ? retryMs : slowRetryMs
  }

  /** Whoever asks something of a database that was away wants to know whether it is back, not whether it was. */
  async function allowed(): Promise<void> {
    if (!isUpToDate && pauseMs === retryMs) await answeredWithin(look(), connectTimeoutMs)
    if (!isUpToDate) throw new Error("The database's tables are not up to date")
  }

  async function repeat(): Promise<void> {
    while (!isUpToDate) {
      await wait(pauseMs, undefined, { signal: ending.signal, ref: false })
      await look()
    }
  }

  await answeredWithin(look(), startMs).catch(() =>
    onProblem(
      new Error("The database's tables are still being brought up to date. Nothing is asked of it until they are."),
    ),
  )
  // It rejects where it is ended, and only then.
  repeat().catch(() => undefined)
  return () => ending.abort()
}

type Ask = (statement: string) => Promise<{ rows: unknown[] }>

/** With each applied migration the time is noted at which it was made, as in the journal of the folder. */
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
    // Somebody with other rights has made the tables, and sees to them.
    onProblem(
      new Error(
        `This role may not read ${journalSchema}.${journalTable}, so nobody knows whether the tables are up to date. ` +
          `Run "npm run db:migrate" before each new version, or grant it usage on the schema ${journalSchema} and select on that table.`,
        { cause: error },
      ),
    )
    return false
  }
}

/** written by drizzle-kit */
interface Journal {
  entries: { when: number }[]
}

/**
 * @param allowed rejects where nothing may be asked
 * @returns the pool's `query` as it was, which may be asked all the same
 */
function holdBack(pool: Pool, allowed: () => Promise<void>): Ask {
  const query = pool.query.bind(pool)
  const connect = pool.connect.bind(pool)
  pool.query = async (...given) => {
    await allowed()
    return query(...given)
  }
  pool.connect = (...given) => {
    // With a callback it is the pool's own query that connects.
    if (given.length > 0) return connect(...given)
    // Without one it is a promise, in both drivers.
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
