/**
 * A relay carries a stream from the process that generates (the producer) to any number of readers, in this process or
 * another (followers). Every implementation passes `tests/contracts/relay-contract.ts`.
 *
 * A relay promises:
 * 1. Every reader gets events with strictly rising ids, none twice.
 * 2. A reader's stream ends after the event that ends the stream. If it ends without one, events are missing and the
 *    reader reattaches. It never hangs on a stream that has ended.
 * 3. The source is read to its end, however slow its readers are and whether any is left.
 * 4. A source that throws ends with one last `error` event for every reader.
 * 5. Opening never fails because of a store: the producer's own reader gets its stream anyway, within 1 s, and
 *    `isShared` says that no other process can follow yet. Once a store that was slow has opened the stream, they can.
 * 6. Following returns `undefined` within 2 s if the stream is unknown or has ended, its producer is dead, or the store
 *    is out of reach.
 */
import type { EventId, StreamEvent } from "#lib/chat-protocol.ts"

/** Separates the backlog from live events in a follower's stream. */
export const caughtUp = "caught-up"
export type RelayItem = StreamEvent | typeof caughtUp

/**
 * Where a follower's stream begins: after its position, at the first event, or at the first event because its position
 * is unknown.
 */
export type ResumeKind = "continued" | "from-start" | "reset"

export interface FollowOptions {
  /** false: the backlog comes event by event, as it was produced; default: merged, one delta a part */
  isMerged?: boolean
}

export interface FollowedStream {
  readonly resume: ResumeKind
  /** The backlog, then `caughtUp`, then events as they come. */
  readonly items: ReadableStream<RelayItem>
}

export interface OpenedStream {
  /** "producer": `makeStream` was called, here and only here. "follower": another caller produces the stream. */
  readonly role: "producer" | "follower"
  /** false if no other process can follow yet, because the store is out of reach or slow, or resuming is off */
  readonly isShared: boolean
  readonly items: ReadableStream<RelayItem>
}

export interface OpenOptions {
  /** called once, when any process that shares the store calls `stop` for this stream */
  onStop?: () => void
  /** the result of `readLog`: `makeStream` continues from there, under a higher epoch */
  before?: StreamEvent[]
}

export interface Relay {
  /** true if a stream whose producer died can be opened again under a higher epoch, and its readers continue */
  readonly keepsLog: boolean
  /** false while its store is known to be out of reach: callers then do not wait for streams that cannot be followed */
  readonly isReachable: boolean

  /**
   * Opens the stream, or follows it if it is already open.
   * @param makeStream called once, by the opener; its chunks are already numbered
   */
  resumableStream(
    streamId: string,
    makeStream: () => ReadableStream<StreamEvent>,
    options?: OpenOptions,
  ): Promise<OpenedStream>

  /** Follows a stream. @param position the last event that the reader has; its stream begins after it */
  resumeExistingStream(
    streamId: string,
    position?: EventId,
    options?: FollowOptions,
  ): Promise<FollowedStream | undefined>

  /** Tells the producer to stop, wherever it is. A hint: the flag in the database is the truth. Never throws. */
  stop(streamId: string): Promise<void>

  /**
   * Reads what a dead producer left of its stream, as far as the log or a follower in this process knows it.
   * @returns undefined if this relay keeps no log, or has lost it
   */
  readLog(streamId: string): Promise<StreamEvent[] | undefined>

  /**
   * Reads all events of a stream so far, whether it runs or has ended, each as it was produced: the same in every process,
   * in order and as JSON text. A process may not have the newest ones yet.
   * @returns undefined if this relay keeps no log, or has lost it
   * @throws StoreUnavailable
   */
  readEvents(streamId: string): Promise<readonly StreamEvent[] | undefined>

  /** Reports what the store knows of a stream; the store does not know whether a producer has died. */
  status(streamId: string): Promise<"running" | "ended" | "unknown">

  /** Reports the streams of this process; undefined if this relay cannot. Cheap, and waits for nothing. */
  report(): RelayReport | undefined

  /** Ends subscriptions and timers. The caller that made the store closes it. */
  close(): Promise<void>
}

export interface RelayReport {
  /** number of events produced here since the process began */
  events: number
  streams: {
    streamId: string
    role: "producer" | "follower"
    /** readers attached in this process */
    readers: number
    /** for a producer: number of events that the log lacks, and the longest any of them can have waited */
    lag: { events: number; ms: number } | undefined
  }[]
}
