/**
 * Hands out a pool's connections, first come first served, and tells a busy database from one that is down. The pool's own
 * queue (pg 8.23, and Neon's copy of it) cannot: it refuses whoever has waited for a fixed time, however well the
 * database answers meanwhile, and it ties each waiter to a new connection, which may never be given.
 */
import { AsyncLocalStorage } from "node:async_hooks"
import { answeredWithin, connectTimeoutMs, NoAnswer, patienceMs, queryTimeoutMs } from "./deadline.ts"
import { DatabaseBusy, isStatementsOwn, isTooManyConnections } from "./failures.ts"
import type { BorrowedClient, Pool } from "./pool-care.ts"

export interface PoolQueueOptions {
  /** connections at most */
  most: number
  /** told why there are fewer connections than there may be, now and then */
  onProblem?: ((error: unknown) => void) | undefined
}

export interface PoolQueue {
  /** true where the database has answered anything since so long: it is busy, then, and not down */
  hasAnsweredWithin(durationMs: number): boolean
}

/** Time is counted in ticks that this process has lived through: one that was blocked for seconds has not waited for seconds. */
const tickMs = 250
/** Who waits while nothing is answered to anybody: longer than to connect takes, as long as a statement may take. */
const silentTicks = Math.ceil(Math.max(connectTimeoutMs, queryTimeoutMs) / tickMs)
/** Within these a further connection would have come. */
const connectTicks = connectTimeoutMs / tickMs
const patientTicks = patienceMs / tickMs
/** A connection that was not given is asked for again after this, while there are others. */
const growAgainTicks = 5_000 / tickMs
const tellAgainMs = 600_000

const urgency = new AsyncLocalStorage<true>()

/** Lets what is asked of the database in `work` pass those who wait: leases run out. */
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
export function queueFor(pool: Pool, { most, onProblem = () => undefined }: PoolQueueOptions): PoolQueue {
  const open = pool.connect.bind(pool)
  const end = pool.end.bind(pool)
  const waiters: Waiter[] = []
  /** connections that have answered, or were the first */
  const proven = new Set<unknown>()
  let lent = 0
  let reserving = 0
  let growing = 0
  let answers = 0
  let answeredAtMs = Number.NEGATIVE_INFINITY
  let ticksInSilence = 0
  let ticksUntilGrowth = 0
  let refusal: unknown
  let toldAtMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let isEnding = false

  function acquire(): Promise<BorrowedClient> {
    if (isEnding) return Promise.reject(closed())
    const isUrgent = urgency.getStore() ?? false
    return new Promise((resolve, reject) => {
      const place = isUrgent ? waiters.findIndex((waiter) => !waiter.isUrgent) : -1
      waiters.splice(place < 0 ? waiters.length : place, 0, { isUrgent, ticks: 0, resolve, reject })
      timer ??= setInterval(() => setImmediate(tick), tickMs)
      serve()
    })
  }

  function serve(): void {
    while (waiters.length > reserving && proven.size > lent) void fetchIdle()
    while (waiters.length > reserving + growing && mayGrow()) void fetchNew()
    if (waiters.length > 0) return
    clearInterval(timer)
    timer = undefined
  }

  /** One, then two, four, …: what a pooler in front keeps waiting is not many at once. */
  function mayGrow(): boolean {
    return ticksUntilGrowth === 0 && proven.size + growing < most && growing < Math.max(1, proven.size)
  }

  async function fetchIdle(): Promise<void> {
    reserving += 1
    lent += 1
    const client = await fetched()
    reserving -= 1
    if (client) lend(client)
    else lent -= 1
    serve()
  }

  async function fetchNew(): Promise<void> {
    growing += 1
    const client = await fetched()
    growing -= 1
    if (client) {
      lent += 1
      lend(client)
    }
    serve()
  }

  /** @returns a connection that answers; undefined where none was to be had, which is dealt with */
  async function fetched(): Promise<BorrowedClient | undefined> {
    try {
      const client = await open()
      if (!client) throw new TypeError("A pool that is given no callback gives a promise")
      if (!proven.has(client)) await prove(client)
      return client
    } catch (error) {
      noteRefused(error)
      return undefined
    }
  }

  /** A pooler may take a connection and keep it waiting for ever: nobody is given it before it has answered. */
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

  function noteRefused(error: unknown): void {
    const isFull = isTooManyConnections(error)
    if (isEnding || (proven.size === 0 && !isFull)) {
      rejectAll(error)
      return
    }
    refusal = isFull ? error : undefined
    ticksUntilGrowth = proven.size === 0 ? 1 : growAgainTicks
    if (performance.now() - toldAtMs < tellAgainMs) return
    toldAtMs = performance.now()
    onProblem(
      new DatabaseBusy(
        `The database gives this process ${proven.size} connections of up to ${most} (DATABASE_POOL), and what is asked waits ` +
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
      lent -= 1
      serve()
    }
    const { query } = Object.getPrototypeOf(client) as BorrowedClient
    client.query = (...given) => noted(query.apply(client, given))
    const waiter = waiters.shift()
    if (waiter) waiter.resolve(client)
    else client.release()
  }

  async function noted<Result>(work: Promise<Result>): Promise<Result> {
    const before = answers
    try {
      const result = await answeredWithin(work, queryTimeoutMs)
      noteAnswer()
      return result
    } catch (error) {
      if (isStatementsOwn(error)) noteAnswer()
      // Nobody was answered meanwhile: those who have waited for long would learn the same. Who has just come may not: what
      // stood still may be one statement behind a lock, and a further connection is on its way.
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
      const isSilent = Math.min(waiter.ticks, ticksInSilence) >= silentTicks
      if (isSilent && !refusal) dismiss(waiter, new NoAnswer(silentTicks * tickMs))
      else if (isSilent || waiter.ticks >= patientTicks) dismiss(waiter, busy(waiter))
    }
    serve()
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
      return result as { rows: unknown[] } // what the drivers' queries give
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

/** A server sends an error before it says that it is ready: given back in between, the connection would be thrown away. */
async function releaseOnceReady(client: BorrowedClient): Promise<void> {
  await client.query("select 1").then(
    () => client.release(),
    (error: unknown) => client.release(error),
  )
}

function closed(): Error {
  return new Error("The database was closed")
}
