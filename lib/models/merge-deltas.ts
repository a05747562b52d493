/**
 * Merges a model's deltas where they arrive, so that everything behind handles fewer events
 * (measured by `bench/merge-deltas.ts`).
 */
import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { type LanguageModelMiddleware, wrapLanguageModel } from "ai"
import { sharedTick, type Tick } from "./shared-tick.ts"

/**
 * Wraps models so that they merge their deltas; all wrapped models share one timer.
 * @param everyMs time between two deltas of a part in an idle process, widened to 100 under load. 0: models stay as
 * they are
 */
export function deltaMerging(everyMs: number): (model: LanguageModelV4) => LanguageModelV4 {
  if (everyMs === 0) return (model) => model
  const middleware = mergeDeltas(sharedTick({ everyMs }))
  return (model) => wrapLanguageModel({ model, middleware })
}

/**
 * Merges deltas of a text, a reasoning or a tool's input: the first passes at once, later ones as one delta per tick,
 * and after a silent tick the next passes at once again. Any other part first sends the deltas that wait.
 *
 * Merged or not, the stream builds the same message. The source is read on demand and cancelled when the reader leaves,
 * which drops waiting deltas.
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
      // Reads until a part is sent, possibly by a tick; then the reader has to ask again.
      async pull(controller) {
        hasSent = false
        try {
          while (!hasSent) {
            const { done, value } = await reader.read()
            if (done) {
              waiting.end()
              return controller.close()
            }
            waiting.push(value)
          }
        } catch (error) {
          // Either the provider failed, or a part arrived just after the reader left, which is harmless. A failing
          // stream drops its queue, so queued parts are read first, and the next pull fails again.
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
  /** Sends the part, or holds it for the next tick. */
  push(part: Part): void
  /** Sends waiting deltas and leaves the tick. */
  end(): void
  /** Drops waiting deltas and leaves the tick. */
  drop(): void
}

/** Holds deltas for the tick as `mergeDeltas` does, for a source that pushes its parts. */
export function waitingDeltas(tick: Tick, send: (part: Part) => void): WaitingDeltas {
  /** Parts that have sent a delta since the last tick, each with its waiting delta. */
  const active = new Map<string, Delta | undefined>()
  let leaveTick: (() => void) | undefined

  function push(part: Part): void {
    if (!isDelta(part)) {
      sendWaiting()
      send(part)
      return
    }
    const key = `${part.type} ${part.id}`
    if (active.has(key)) {
      active.set(key, joined(active.get(key), part))
      return
    }
    active.set(key, undefined)
    leaveTick ??= tick.join(onTick)
    send(part)
  }

  function onTick(): void {
    for (const [key, delta] of active) if (!delta) active.delete(key)
    if (active.size === 0) drop()
    else sendWaiting()
  }

  function sendWaiting(): void {
    for (const [key, delta] of active) {
      if (!delta) continue
      active.set(key, undefined)
      send(delta)
    }
  }

  function end(): void {
    sendWaiting()
    drop()
  }

  function drop(): void {
    active.clear()
    leaveTick?.()
    leaveTick = undefined
  }

  return { push, end, drop }
}

function isDelta(part: Part): part is Delta {
  return part.type === "text-delta" || part.type === "reasoning-delta" || part.type === "tool-input-delta"
}

function joined(first: Delta | undefined, second: Delta): Delta {
  if (!first) return second
  // Matches the AI SDK: the latest providerMetadata counts, and a delta without one keeps the previous.
  const providerMetadata = second.providerMetadata ?? first.providerMetadata
  return { ...second, delta: first.delta + second.delta, ...(providerMetadata && { providerMetadata }) }
}
