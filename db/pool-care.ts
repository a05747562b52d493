/**
 * Completes what pg's pool (8.23, and Neon's copy of it) and drizzle's transactions (0.45) leave undone when a
 * connection fails. Each of these gaps has crashed a process, lost its answers or used up its connections one by one.
 */

/** The common interface of both drivers' pools. */
export interface Pool {
  on(event: "connect", listener: (client: PooledClient) => void): unknown
  on(event: "release", listener: (error: unknown, client: PooledClient) => void): unknown
  on(event: "remove", listener: (client: unknown) => void): unknown
  on(event: "error", listener: (error: unknown) => void): unknown
  /** number of connections that are open or being opened */
  readonly totalCount: number
  connect(...given: never[]): Promise<BorrowedClient> | undefined
  query(...given: [statement: string]): Promise<{ rows: unknown[] }>
  end(): Promise<void>
}

interface PooledClient {
  on(event: "error", listener: () => void): unknown
  end(): Promise<void>
  /** missing in the drivers' types; false while a query runs */
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

/**
 * Survives lost connections, which the pool replaces. An `error` event without a listener would end the process, even
 * for a connection within a transaction.
 */
function outliveLostConnections(pool: Pool, onProblem: (error: unknown) => void): void {
  pool.on("error", once(onProblem))
  // The transaction learns of it when its next query rejects.
  pool.on("connect", (client) => client.on("error", () => undefined))
}

/** Reports each message once: a server or a pooler that closes idle connections does so all day. */
function once(onProblem: (error: unknown) => void): (error: unknown) => void {
  const reported = new Set<string>()
  return (error) => {
    const words = error instanceof Error ? error.message : String(error)
    if (reported.has(words)) return
    reported.add(words)
    onProblem(error)
  }
}

/**
 * Drops connections whose query was given up. The query still runs in the server, and the pool would lend the
 * connection again, even within a transaction whose rollback was given up: locks stay held, and the borrower's writes
 * would be lost.
 */
function dropBusyConnections(pool: Pool, onProblem: (error: unknown) => void): void {
  // A client ended here is not taken back, because the pool checks that next.
  pool.on("release", (_, client) => {
    if (client.readyForQuery === false) void client.end().catch(onProblem)
  })
}

/** Releases connections of transactions whose `begin` failed, which drizzle forgets. */
function takeBackUnbegun(pool: Pool): void {
  const connect = pool.connect.bind(pool)
  pool.connect = (...given) => {
    const connecting = connect(...given)
    // A call with a callback is the pool's own query, which releases its connection.
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
