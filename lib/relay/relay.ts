/**
 * A relay carries a stream from the process that generates (the producer) to any number of readers,
 * in this process or another (followers). Every implementation passes `tests/contracts/relay-contract.ts`.
 *
 * What a relay promises:
 * 1. Every reader gets events with strictly rising ids, none twice.
 * 2. A reader's stream ends after the event that ends the stream. Where it ends without one, there is a hole:
 *    the reader reattaches. It never hangs on a stream that has ended.
 * 3. The source is read to its end, however slow its readers are and whether any is left.
 * 4. A source that throws ends with one last `error` event for everybody.
 * 5. Opening never fails because a store does: the producer's own reader gets its stream all the same,
 *    within 1 s, and `isShared` says that nobody else can follow.
 * 6. Following a stream that is unknown, has ended, whose producer is dead or whose store is out of reach gives
 *    `undefined`, within 2 s.
 */
import type { EventId, StreamEvent } from "#lib/chat-protocol.ts"

/** Stands in a follower's stream between what was already there and what comes live. */
export const caughtUp = "caught-up"
export type RelayItem = StreamEvent | typeof caughtUp

/** Where a follower's stream begins: after its position, at the first event, or at the first event because its position is unknown. */
export type ResumeKind = "continued" | "from-start" | "reset"

export interface FollowedStream {
  readonly resume: ResumeKind
  /** The backlog merged (one delta a part), then `caughtUp`, then events as they come. */
  readonly items: ReadableStream<RelayItem>
}

export interface OpenedStream {
  /** "producer": `makeStream` was called, here and only here. "follower": somebody else produces it. */
  readonly role: "producer" | "follower"
  /** false where no other process can follow, because the store is out of reach or resuming is off */
  readonly isShared: boolean
  readonly items: ReadableStream<RelayItem>
}

export interface OpenOptions {
  /** called once, where `stop` is called for this stream in any process that shares the store */
  onStop?: () => void
  /** what `readLog` gave: `makeStream` goes on from there, under a higher epoch */
  before?: StreamEvent[]
}

export interface Relay {
  /** true: a stream whose producer died can be opened again under a higher epoch, and its readers go on */
  readonly keepsLog: boolean
  /** false while its store is known to be out of reach: whatever cannot be followed now is not waited for */
  readonly isReachable: boolean

  /**
   * Opens the stream, or joins it where it is open already: who comes second follows.
   * @param makeStream called once, by whoever opens; its chunks are numbered already
   */
  resumableStream(
    streamId: string,
    makeStream: () => ReadableStream<StreamEvent>,
    options?: OpenOptions,
  ): Promise<OpenedStream>

  /** @param position the last event the reader has; it gets what comes after */
  resumeExistingStream(streamId: string, position?: EventId): Promise<FollowedStream | undefined>

  /** Rings the producer, wherever it is. A hint: the flag in the database is the truth. Never throws. */
  stop(streamId: string): Promise<void>

  /**
   * What a producer that died has left of its stream, as far as the log or a follower in this process knows it.
   * @returns undefined where this relay keeps nothing, or has lost it
   */
  readLog(streamId: string): Promise<StreamEvent[] | undefined>

  /** What the store knows: that a producer died is not among it. */
  status(streamId: string): Promise<"running" | "ended" | "unknown">

  /** What passes through this process just now; undefined where this relay cannot tell. Cheap, and waits for nothing. */
  report(): RelayReport | undefined

  /** Ends subscriptions and timers. The stores belong to who made them. */
  close(): Promise<void>
}

export interface RelayReport {
  /** produced here since the process began */
  events: number
  streams: {
    streamId: string
    role: "producer" | "follower"
    /** attached here */
    readers: number
    /** of the producer: how many events the log does not have yet, and for how long at most */
    lag: { events: number; ms: number } | undefined
  }[]
}
