/** Plays a scripted model's stream: the one place that handles the clock, an abort and a reader that leaves. */
import { setTimeout as sleep } from "node:timers/promises"
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"

/** A part of a model's stream, and the time until the model sends it. */
export interface Beat {
  waitMs: number
  part: LanguageModelV4StreamPart
}

/** Resolves after the wait; rejects and clears its timer as soon as the signal aborts. */
export type Wait = (waitMs: number, signal: AbortSignal) => Promise<unknown>

interface PlayOptions {
  /** default: the real clock */
  wait?: Wait | undefined
  abortSignal?: AbortSignal | undefined
}

/**
 * Streams the beats, each after its wait; a beat without one follows at once. On an abort the stream fails with the
 * abort's error, as a provider's would; an error thrown by the beats fails it too.
 */
export function playBeats(beats: Iterable<Beat>, options: PlayOptions = {}): ReadableStream<LanguageModelV4StreamPart> {
  const { wait = realTime, abortSignal } = options
  const readerGone = new AbortController()
  const signal = AbortSignal.any([readerGone.signal, ...(abortSignal ? [abortSignal] : [])])
  const remaining = beats[Symbol.iterator]()
  return new ReadableStream({
    // In `pull` rather than a loop: the stream refuses a part after its reader has left, and only `pull` may then fail
    // without ending the process.
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
