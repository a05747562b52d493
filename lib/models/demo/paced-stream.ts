/** The one place where a scripted model's stream meets the clock, an abort and a reader that goes away. */
import { setTimeout as sleep } from "node:timers/promises"
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"

/** A part of a model's stream, and how long the model takes to come up with it. */
export interface Beat {
  waitMs: number
  part: LanguageModelV4StreamPart
}

/** Resolves when the wait is over; rejects, and lets go of its timer, as soon as the signal aborts. */
export type Wait = (waitMs: number, signal: AbortSignal) => Promise<unknown>

interface PlayOptions {
  /** default: the real clock */
  wait?: Wait | undefined
  abortSignal?: AbortSignal | undefined
}

/**
 * Streams the beats, each after its wait; a beat without one is not waited for at all.
 * An abort makes the stream fail with the abort's error, as a provider's would; where the beats throw, it fails with that.
 */
export function playBeats(beats: Iterable<Beat>, options: PlayOptions = {}): ReadableStream<LanguageModelV4StreamPart> {
  const { wait = realTime, abortSignal } = options
  const readerGone = new AbortController()
  const signal = AbortSignal.any([readerGone.signal, ...(abortSignal ? [abortSignal] : [])])
  const remaining = beats[Symbol.iterator]()
  return new ReadableStream({
    // In `pull`, and not in a loop of our own: a part that comes after its reader has left is refused by the stream,
    // and only `pull` may fail then without taking the process down.
    async pull(controller) {
      try {
        signal.throwIfAborted()
        const { value: beat, done } = remaining.next()
        if (done) return controller.close()
        if (beat.waitMs > 0) await wait(beat.waitMs, signal)
        controller.enqueue(beat.part)
      } catch (error) {
        remaining.return?.()
        throw error
      }
    },
    cancel() {
      readerGone.abort()
      remaining.return?.()
    },
  })
}

const realTime: Wait = (waitMs, signal) => sleep(waitMs, undefined, { signal })
