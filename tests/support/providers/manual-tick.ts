/** What tests of merged deltas share: a tick that comes when the test says so, and a model that streams what it is given. */
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

/** Everything that follows from what has happened has happened: promises settle before the event loop turns. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** @param tick none: the model as it is */
export function modelOf(stream: ReadableStream<LanguageModelV4StreamPart>, tick?: Tick): LanguageModelV4 {
  const model: LanguageModelV4 = { ...scripted("unused"), doStream: async () => ({ stream }) }
  return tick ? wrapLanguageModel({ model, middleware: mergeDeltas(tick) }) : model
}
