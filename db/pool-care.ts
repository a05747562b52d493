/**
 * What pg's pool (8.23, and Neon's copy of it) and drizzle's transactions (0.45) leave undone where a connection fails:
 * each of these has cost a process its end, its answers or, one by one, all its connections.
 */

/** What both drivers' pools are here. */
export interface Pool {
  on(event: "connect", listener: (client: PooledClient) => void): unknown
  on(event: "release", listener: (error: unknown, client: PooledClient) => void): unknown
  on(event: "remove", listener: (client: unknown) => void): unknown
  on(event: "error", listener: (error: unknown) => void): unknown
  /** connections that are open or being opened */
  readonly totalCount: number
  connect(...given: never[]): Promise<BorrowedClient> | undefined
  query(...given: [statement: string]): Promise<{ rows: unknown[] }>
  end(): Promise<void>
}

interface PooledClient {
  on(event: "error", listener: () => void): unknown
  end(): Promise<void>
  /** not in the drivers' types: false while a query runs */
  readyForQuery?: boolean
}

export interface BorrowedClient {
  query(...given: [statement: string]): Promise<unknown>
  release(error?: unknown): void
}

export function careFor(pool: Pool, onProblem: (error: unknown) => void = () => undefined): void {
  outliveLostConnections(pool, onProblem)
  dropBusyConnections(pool, onProblem)
  takeBackUnbegun(pool)
}

/** The pool replaces what it loses. Unheard, the news would end the process, also of a connection within a transaction. */
function outliveLostConnections(pool: Pool, onProblem: (error: unknown) => void): void {
  pool.on("error", once(onProblem))
  // The transaction's next query rejects: that is how its caller learns of it.
  pool.on("connect", (client) => client.on("error", () => undefined))
}

/** A server or a pooler that cuts off whoever is idle does it all day, and each time in the same words. */
function once(onProblem: (error: unknown) => void): (error: unknown) => void {
  const told = new Set<string>()
  return (error) => {
    const words = error instanceof Error ? error.message : String(error)
    if (told.has(words)) return
    told.add(words)
    onProblem(error)
  }
}

/**
 * A query that was given up goes on in the server, and the pool would give its connection to the next who asks: within a
 * transaction whose rollback was given up, too, with its locks held and whatever is written there lost.
 */
function dropBusyConnections(pool: Pool, onProblem: (error: unknown) => void): void {
  // Ended here, it is not taken back: the pool looks at that next.
  pool.on("release", (_, client) => {
    if (client.readyForQuery === false) void client.end().catch(onProblem)
  })
}

/** drizzle connects for a transaction, and forgets the connection where its first query, the `begin`, fails. */
function takeBackUnbegun(pool: Pool): void {
  const connect = pool.connect.bind(pool)
  pool.connect = (...given) => {
    const connecting = connect(...given)
    // With a callback it is the pool's own query, which takes care of itself.
    return given.length > 0 ? connecting : connecting?.then(releasedUnlessBegun)
  }
}

function releasedUnlessBegun(client: BorrowedClient): BorrowedClient {
  const query = client.query
  client.query = (...given) => {
    client.query = query
    const begun = query.apply(client, given)
    if (begun instanceof Promise) begun.catch((error: unknown) => client.release(error))
    return begun
  }
  return client
}
