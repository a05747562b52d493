/**
 * Merges a model's deltas before `streamText` sees them: its pipeline costs far more an event than all we do afterwards
 * (`bench/merge-deltas.ts` measures it).
 */
import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { type LanguageModelMiddleware, wrapLanguageModel } from "ai"
import { sharedTick, type Tick } from "./shared-tick.ts"

/**
 * @param everyMs between two deltas of a part while the process is idle; up to 100 as it fills. 0: no merging
 * @returns wraps a model; all that it wraps share one timer. With 0 the very same model
 */
export function mergingEvery(everyMs: number): (model: LanguageModelV4) => LanguageModelV4 {
  if (everyMs === 0) return (model) => model
  const middleware = mergeDeltas(sharedTick({ everyMs }))
  return (model) => wrapLanguageModel({ model, middleware })
}

/**
 * Deltas of a text, a reasoning or a tool's input: the first goes on at once, what follows as one delta a tick, and so
 * does the next first one after a tick in silence. Anything else in the stream lets go what waits before it.
 *
 * Merged or not, the stream builds the same message. The provider is read when the reader asks, and told when it leaves;
 * what waits then is dropped.
 */
export function mergeDeltas(tick: Tick): LanguageModelMiddleware {
  return {
    async wrapStream({ doStream }) {
      const result = await doStream()
      return { ...result, stream: mergedStream(result.stream, tick) }
    },
  }
}

type Part = LanguageModelV4StreamPart
type Delta = Extract<Part, { type: "text-delta" | "reasoning-delta" | "tool-input-delta" }>

function mergedStream(source: ReadableStream<Part>, tick: Tick): ReadableStream<Part> {
  const reader = source.getReader()
  let waiting: WaitingDeltas
  let hasSent = false

  return new ReadableStream<Part>(
    {
      start(controller) {
        waiting = waitingDeltas(tick, (part) => {
          hasSent = true
          controller.enqueue(part)
        })
      },
      // Read until something goes out, be it at a tick; then the reader has to ask again.
      async pull(controller) {
        hasSent = false
        try {
          while (!hasSent) {
            const { done, value } = await reader.read()
            if (done) {
              waiting.end()
              return controller.close()
            }
            waiting.take(value)
          }
        } catch (error) {
          // The provider failed, or a part came when the reader had just left: that one is refused here and harms nobody.
          // A stream that fails drops what is queued. Where something is, it is read first, and the next pull fails again.
          waiting.end()
          if (controller.desiredSize === 0) throw error
        }
      },
      cancel(reason) {
        waiting.drop()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

export interface WaitingDeltas {
  /** Sends the part, or lets it wait. */
  take(part: Part): void
  /** Sends what waits and leaves the tick. */
  end(): void
  /** Forgets what waits and leaves the tick. */
  drop(): void
}

/** Lets deltas wait for the tick, as `mergeDeltas` says, for a stream that is not read but comes. */
export function waitingDeltas(tick: Tick, send: (part: Part) => void): WaitingDeltas {
  /** Every part that has spoken since the last tick, and what of it waits. */
  const spoken = new Map<string, Delta | undefined>()
  let leaveTick: (() => void) | undefined

  function take(part: Part): void {
    if (!isDelta(part)) {
      sendWaiting()
      send(part)
      return
    }
    const key = `${part.type} ${part.id}`
    if (spoken.has(key)) {
      spoken.set(key, joined(spoken.get(key), part))
      return
    }
    spoken.set(key, undefined)
    leaveTick ??= tick.join(onTick)
    send(part)
  }

  function onTick(): void {
    for (const [key, delta] of spoken) if (!delta) spoken.delete(key)
    if (spoken.size === 0) drop()
    else sendWaiting()
  }

  function sendWaiting(): void {
    for (const [key, delta] of spoken) {
      if (!delta) continue
      spoken.set(key, undefined)
      send(delta)
    }
  }

  function end(): void {
    sendWaiting()
    drop()
  }

  function drop(): void {
    spoken.clear()
    leaveTick?.()
    leaveTick = undefined
  }

  return { take, end, drop }
}

function isDelta(part: Part): part is Delta {
  return part.type === "text-delta" || part.type === "reasoning-delta" || part.type === "tool-input-delta"
}

function joined(first: Delta | undefined, second: Delta): Delta {
  if (!first) return second
  // As the AI SDK has it: the latest providerMetadata counts, and a delta without any leaves it.
  const providerMetadata = second.providerMetadata ?? first.providerMetadata
  return { ...second, delta: first.delta + second.delta, ...(providerMetadata && { providerMetadata }) }
}
