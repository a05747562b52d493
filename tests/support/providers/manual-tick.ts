/** Shared parts of tests of merged deltas: a tick on command, and a model that streams the given parts. */
import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { wrapLanguageModel } from "ai"
import { mergeDeltas } from "#lib/models/merge-deltas.ts"
import type { Tick } from "#lib/models/shared-tick.ts"
import { scripted } from "./scripted-model.ts"

export interface ManualTick extends Tick {
  fire(): void
  readonly joinedCount: number
}

export function manualTick(): ManualTick {
  const joined = new Set<() => void>()
  return {
    join(onTick: () => void) {
      joined.add(onTick)
      return () => void joined.delete(onTick)
    },
    fire() {
      for (const onTick of joined) onTick()
    },
    get joinedCount() {
      return joined.size
    },
  }
}

/** Waits until all consequences so far have happened: promises settle before the event loop turns. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** @param tick if absent, the model is not wrapped */
export function modelOf(stream: ReadableStream<LanguageModelV4StreamPart>, tick?: Tick): LanguageModelV4 {
  const model: LanguageModelV4 = { ...scripted("unused"), doStream: async () => ({ stream }) }
  return tick ? wrapLanguageModel({ model, middleware: mergeDeltas(tick) }) : model
}
