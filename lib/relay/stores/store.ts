import type { EventId } from "#lib/chat-protocol.ts"

/**
 * What a relay needs of a store, in small verbs. Each driver has the same silhouette and passes
 * `tests/contracts/store-contract.ts`.
 *
 * Every verb settles within its deadline (1 s unless said otherwise), by an answer or by `StoreUnavailable`:
 * the clients' own defaults wait for ever. No connection is opened before the first call.
 */
export interface Store {
  readonly name: "memory" | "redis" | "upstash"
  /** false while it is known to be out of reach: every verb but `ping` then gives up at once */
  readonly isReachable: boolean
  /** its word for why it cannot be used though it answers, such as `READONLY`; undefined where it refuses nothing */
  readonly refusal?: string | undefined

  get(key: string): Promise<string | undefined>
  /** @param ttlMs the key is gone after this long */
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** @returns the number after adding 1, counted from 0 where there is no key; undefined where the value is no number */
  increment(key: string): Promise<number | undefined>
  delete(key: string): Promise<void>

  /** Puts a value at the head of a list, cuts the list and has it gone after so long, in one round trip. */
  pushCapped(key: string, value: string, kept: { maxLength: number; ttlMs: number }): Promise<void>
  /** @returns the list, newest first; empty where there is none */
  list(key: string): Promise<string[]>

  /**
   * @returns false where a value is larger than the store takes as an entry of a log or as a message: it would be refused
   * however often it is sent. Undefined where every value fits that is written here
   */
  fits?: ((value: string) => boolean) | undefined
  /**
   * Adds an entry to a log, under an id of the caller's: the store itself refuses one that is not above the last.
   * @param mustExist a log that is not there is "lost" instead of begun
   */
  append(
    key: string,
    id: EventId,
    value: string,
    options: { mustExist: boolean },
  ): Promise<"appended" | "lost" | "refused">
  /** @returns a log's entries above this id (or all), oldest first, at most `count` */
  readAfter(key: string, id: EventId | undefined, count: number): Promise<LogRow[]>
  /** @returns a log's last entry */
  readLast(key: string): Promise<LogRow | undefined>
  /** The key, whatever it holds, is gone after this long. */
  expire(key: string, ttlMs: number): Promise<void>

  /** @returns how many connections the message reached: 0 where nobody listens */
  publish(channel: string, message: string): Promise<number>
  /**
   * Messages arrive in the order they were published; one published after this settles is not missed
   * while the connection holds. A connection that was lost is subscribed anew by itself.
   * @param onResubscribed told when that has happened: what was published in between is lost
   */
  subscribe(channel: string, onMessage: (message: string) => void, onResubscribed?: () => void): Promise<Subscription>

  /** @returns true where the store answers and takes what is written; never rejects */
  ping(): Promise<boolean>
  close(): Promise<void>

  /**
   * What a restart of the store would do to this process, for the demo: its connections break and come back, and what
   * lives in this process is forgotten. A Redis itself is not touched. Undefined where there is nothing to break.
   */
  restart?(): void
}

export interface LogRow {
  id: EventId
  value: string
}

export interface Subscription {
  /** Never rejects: a store that is out of reach has nobody to send to. */
  close(): Promise<void>
}

export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable"
}

/** Refused without being tried, or by a store that cannot be used. That was told once, when it was found out. */
export class LinkDown extends StoreUnavailable {}

/** What the drivers of a Redis are told besides where it is. By default nobody is told anything. */
export interface StoreListeners {
  /** told when a connection is lost, and when the store is found to be out of reach or to refuse; each once until it is back */
  onProblem?: (error: unknown) => void
  /** told when a store that was out of reach answers again */
  onReturn?: () => void
}
