import type { EventId } from "#lib/chat-protocol.ts"

/**
 * What a relay needs of a store, in small verbs. Every driver passes `tests/contracts/store-contract.ts`.
 *
 * Every verb settles within its deadline (1 s unless opened with another), with a result or `StoreUnavailable`: the clients'
 * own defaults wait forever. No connection is opened before the first call.
 */
export interface Store {
  readonly name: "memory" | "redis" | "upstash"
  /** false while the store is known to be out of reach: every verb but `ping` then fails at once */
  readonly isReachable: boolean
  /**
   * the error code by which a store that answers says why it cannot be used, such as `READONLY`; undefined if it
   * refuses nothing
   */
  readonly refusal?: string | undefined

  get(key: string): Promise<string | undefined>
  /** Sets a value. @param ttlMs time until the key expires */
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** Adds 1 to a number. @returns the sum, counted from 0 if there is no key; undefined if the value is not a number */
  increment(key: string): Promise<number | undefined>
  delete(key: string): Promise<void>

  /** Prepends a value to a list, caps the list and sets its expiry, in one round trip; readers may see it uncapped. */
  pushCapped(key: string, value: string, kept: { maxLength: number; ttlMs: number }): Promise<void>
  /** Reads a list, newest first; empty if there is none. */
  list(key: string): Promise<string[]>

  /**
   * Tells whether a value is small enough for a log entry or a message; a larger one would be refused however often it
   * is sent. Undefined if every value written here fits.
   */
  fits?: ((value: string) => boolean) | undefined
  /**
   * Appends an entry to a log under the caller's id; the store itself refuses an id that is not above the last.
   * @param mustExist a missing log is reported as "lost" instead of begun
   * @param ttlMs time until the log expires, sent with the entry
   */
  append(
    key: string,
    id: EventId,
    value: string,
    options: { mustExist: boolean; ttlMs?: number | undefined },
  ): Promise<"appended" | "lost" | "refused">
  /** Reads a log's entries above this id (or all), oldest first, at most `count`. */
  readAfter(key: string, id: EventId | undefined, count: number): Promise<LogRow[]>
  /** Reads a log's last entry. */
  readLast(key: string): Promise<LogRow | undefined>
  /** Sets when the key expires, whatever it holds. */
  expire(key: string, ttlMs: number): Promise<void>

  /** Publishes a message. @returns the number of connections it reached; 0 if there is no subscriber */
  publish(channel: string, message: string): Promise<number>
  /**
   * Subscribes to a channel. Messages arrive in the order they were published, and none published after this settles is
   * missed while the connection holds. A lost connection is resubscribed by itself.
   * @param onResubscribed called after that: messages published in between are lost
   */
  subscribe(channel: string, onMessage: (message: string) => void, onResubscribed?: () => void): Promise<Subscription>

  /** Tests whether the store answers and accepts writes. Never rejects. */
  ping(): Promise<boolean>
  close(): Promise<void>

  /**
   * Simulates a restart of the store for the demo: this process's connections break and come back, and data in this
   * process is lost. Does not touch a Redis server. Undefined if there is nothing to break.
   */
  restart?(): void
}

export interface LogRow {
  id: EventId
  value: string
}

export interface Subscription {
  /** Ends the subscription. Never rejects, since a store that is out of reach holds none. */
  close(): Promise<void>
}

export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable"
}

/** Refused without a try, or by a store that cannot be used. The link has already reported why, so callers need not. */
export class LinkDown extends StoreUnavailable {}

/** What a Redis driver reports, besides its results. By default nothing is reported. */
export interface StoreListeners {
  /**
   * called when a connection is lost, and when the store is found to be out of reach or to refuse; each once until it
   * is back
   */
  onProblem?: (error: unknown) => void
  /** called when a store that was out of reach answers again */
  onReturn?: () => void
}
