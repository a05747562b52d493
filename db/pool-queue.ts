/**
 * Lends a pool's connections in the order of requests, and tells a busy database from one that is down. The pool's own
 * queue (pg 8.23, and Neon's copy of it) cannot: it refuses a request after a fixed wait, even while the database
 * answers others, and ties each request to a new connection, which may never be granted.
 */
import { AsyncLocalStorage } from "node:async_hooks"
import { answeredWithin, connectTimeoutMs, NoAnswer, patienceMs, queryTimeoutMs } from "./deadline.ts"
import { DatabaseBusy, isStatementsOwn, isTooManyConnections } from "./failures.ts"
import type { BorrowedClient, Pool } from "./pool-care.ts"

export interface PoolQueueOptions {
  /** maximum of connections */
  maxConnections: number
  /** called now and then with the reason for having fewer connections than allowed */
  onProblem?: ((error: unknown) => void) | undefined
}

export interface PoolQueue {
  /**
   * Tells whether the database has answered anything within this time, which means that it is busy rather than down.
   */
  hasAnsweredWithin(durationMs: number): boolean
}

/**
 * Time is counted in ticks that this process has run: a process that was blocked for seconds has not waited for
 * seconds.
 */
const tickMs = 250
/** How long a request waits while the database answers none: as long as connecting or one statement may take. */
const maxSilentTicks = Math.ceil(Math.max(connectTimeoutMs, queryTimeoutMs) / tickMs)
/** Within this time a further connection would have arrived. */
const connectTicks = connectTimeoutMs / tickMs
const maxWaitTicks = patienceMs / tickMs
/** After a refused connection the next is tried after this time, as long as there are others. */
const growAgainTicks = 5_000 / tickMs
const reportAgainMs = 600_000

const urgency = new AsyncLocalStorage<true>()

/** Gives the queries of `work` priority, since leases run out. */
export function urgently<Result>(work: () => Promise<Result>): Promise<Result> {
  return urgency.run(true, work)
}

interface Waiter {
  isUrgent: boolean
  ticks: number
  resolve(client: BorrowedClient): void
  reject(error: unknown): void
}

/** Replaces the pool's `connect` and `query`. */
export function queueFor(pool: Pool, { maxConnections, onProblem = () => undefined }: PoolQueueOptions): PoolQueue {
  const open = pool.connect.bind(pool)
  const end = pool.end.bind(pool)
  const waiters: Waiter[] = []
  /** connections that have answered, or were the first */
  const proven = new Set<unknown>()
  let lentCount = 0
  let fetchingIdle = 0
  let fetchingNew = 0
  let answers = 0
  let answeredAtMs = Number.NEGATIVE_INFINITY
  let ticksInSilence = 0
  let ticksUntilGrowth = 0
  let refusal: unknown
  let reportedAtMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let isEnding = false

  function acquire(): Promise<BorrowedClient> {
    if (isEnding) return Promise.reject(closed())
    const isUrgent = urgency.getStore() ?? false
    return new Promise((resolve, reject) => {
      const place = isUrgent ? waiters.findIndex((waiter) => !waiter.isUrgent) : -1
      waiters.splice(place < 0 ? waiters.length : place, 0, { isUrgent, ticks: 0, resolve, reject })
      timer ??= setTimeout(() => setImmediate(tick), tickMs)
      serve()
    })
  }

  function serve(): void {
    while (waiters.length > fetchingIdle && proven.size > lentCount) void fetchIdle()
    while (waiters.length > fetchingIdle + fetchingNew && mayGrow()) void fetchNew()
    if (waiters.length > 0) return
    clearTimeout(timer)
    timer = undefined
  }

  /** Allows one new connection, then two, four and so on, so that few wait in a pooler. */
  function mayGrow(): boolean {
    return (
      ticksUntilGrowth === 0 && proven.size + fetchingNew < maxConnections && fetchingNew < Math.max(1, proven.size)
    )
  }

  async function fetchIdle(): Promise<void> {
    fetchingIdle += 1
    lentCount += 1
    const client = await fetchConnection()
    fetchingIdle -= 1
    if (client) lend(client)
    else lentCount -= 1
    serve()
  }

  async function fetchNew(): Promise<void> {
    fetchingNew += 1
    const client = await fetchConnection()
    fetchingNew -= 1
    if (client) {
      lentCount += 1
      lend(client)
    }
    serve()
  }

  /** Fetches a connection that answers; undefined if there is none, after handling the reason. */
  async function fetchConnection(): Promise<BorrowedClient | undefined> {
    try {
      const client = await open()
      if (!client) throw new TypeError("A pool that is given no callback gives a promise")
      if (!proven.has(client)) await prove(client)
      return client
    } catch (error) {
      noteRefusal(error)
      return undefined
    }
  }

  /** Checks a new connection, because a pooler may accept one and let it wait forever. */
  async function prove(client: BorrowedClient): Promise<void> {
    if (proven.size > 0) {
      try {
        await answeredWithin(client.query("select 1"), queryTimeoutMs)
      } catch (error) {
        client.release(error)
        throw error
      }
      noteAnswer()
    }
    proven.add(client)
    refusal = undefined
  }

  function noteRefusal(error: unknown): void {
    const isFull = isTooManyConnections(error)
    if (isEnding || (proven.size === 0 && !isFull)) {
      rejectAll(error)
      return
    }
    refusal = isFull ? error : undefined
    ticksUntilGrowth = proven.size === 0 ? 1 : growAgainTicks
    if (performance.now() - reportedAtMs < reportAgainMs) return
    reportedAtMs = performance.now()
    onProblem(
      new DatabaseBusy(
        `The database gives this process ${proven.size} connections of up to ${maxConnections} (DATABASE_POOL), and what is asked waits ` +
          "for these. Look at its max_connections, the limits of the role and of the database, and a pooler's pool size: " +
          "all processes have to fit in there together.",
        { cause: error },
      ),
    )
  }

  function lend(client: BorrowedClient): void {
    const release = client.release
    client.release = (error) => {
      const before = pool.totalCount
      release.call(client, error)
      if (pool.totalCount < before) proven.delete(client)
      lentCount -= 1
      serve()
    }
    const { query } = Object.getPrototypeOf(client) as BorrowedClient
    client.query = (...given) => watched(query.apply(client, given))
    const waiter = waiters.shift()
    if (waiter) waiter.resolve(client)
    else client.release()
  }

  async function watched<Result>(work: Promise<Result>): Promise<Result> {
    const before = answers
    try {
      const result = await answeredWithin(work, queryTimeoutMs)
      noteAnswer()
      return result
    } catch (error) {
      if (isStatementsOwn(error)) noteAnswer()
      // No request was answered meanwhile, so long-waiting ones would fail as well. Newer ones may not: the cause may
      // be one statement behind a lock, and a further connection is on its way.
      else if (error instanceof NoAnswer && answers === before)
        for (const waiter of waiters.filter(({ ticks }) => ticks >= connectTicks)) dismiss(waiter, error)
      throw error
    }
  }

  function noteAnswer(): void {
    answers += 1
    answeredAtMs = performance.now()
    ticksInSilence = 0
  }

  function tick(): void {
    ticksInSilence += 1
    ticksUntilGrowth = Math.max(0, ticksUntilGrowth - 1)
    for (const waiter of [...waiters]) {
      waiter.ticks += 1
      const isSilent = Math.min(waiter.ticks, ticksInSilence) >= maxSilentTicks
      if (isSilent && !refusal) dismiss(waiter, new NoAnswer(maxSilentTicks * tickMs))
      else if (isSilent || waiter.ticks >= maxWaitTicks) dismiss(waiter, busy(waiter))
    }
    serve()
    timer?.refresh()
  }

  function busy(waiter: Waiter): DatabaseBusy {
    return new DatabaseBusy(
      `Nothing of the database's ${proven.size} connections was free for ${waiter.ticks * tickMs} ms`,
      { cause: refusal },
    )
  }

  function dismiss(waiter: Waiter, error: unknown): void {
    waiters.splice(waiters.indexOf(waiter), 1)
    waiter.reject(error)
  }

  function rejectAll(error: unknown): void {
    for (const waiter of waiters.splice(0)) waiter.reject(error)
  }

  pool.on("remove", (client) => {
    proven.delete(client)
    serve()
  })
  pool.connect = () => acquire()
  pool.query = async (...given) => {
    const client = await acquire()
    try {
      const result = await client.query(...given)
      client.release()
      return result as { rows: unknown[] } // the result type of the drivers' queries
    } catch (error) {
      if (isStatementsOwn(error)) void releaseOnceReady(client)
      else client.release(error)
      throw error
    }
  }
  pool.end = () => {
    isEnding = true
    rejectAll(closed())
    serve()
    return end()
  }
  return { hasAnsweredWithin: (durationMs) => performance.now() - answeredAtMs <= durationMs }
}

/**
 * Releases a connection once it is ready. A server sends an error before that, and a connection released in between
 * would be thrown away.
 */
async function releaseOnceReady(client: BorrowedClient): Promise<void> {
  await client.query("select 1").then(
    () => client.release(),
    (error: unknown) => client.release(error),
  )
}

function closed(): Error {
  return new Error("The database was closed")
}
