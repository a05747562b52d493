import type { LanguageModelV4 } from "@ai-sdk/provider"
import { createGateway } from "ai"
import type { PublicModel } from "#lib/chat-protocol.ts"
import type { Config } from "#lib/config.ts"
import { ChatError } from "#lib/errors.ts"
import { scriptedModel } from "./demo/scripted.ts"
import { fetchWithin } from "./fetch-within.ts"
import { deltaMerging } from "./merge-deltas.ts"
import { openAiCompatibleModels } from "./openai-compatible.ts"
import { withValidPrompts } from "./prompt-shape.ts"
import { retryAfterMiddleware } from "./retry-soon.ts"
import { sharedTick } from "./shared-tick.ts"
import { silenceLimiting } from "./silence-limit.ts"
import { withPicturesAsUserMessage, withPicturesInResults } from "./tool-pictures.ts"

export interface ModelRegistry {
  /** Lists the available models, at least one; the first is the default. */
  list(): PublicModel[]
  /**
   * Returns a model.
   * @param id undefined: the default
   * @throws ChatError "model_not_allowed" if the model is not available
   */
  get(id?: string): { id: string; model: LanguageModelV4 }
}

/**
 * Creates the models of the configured server or gateway, or the demo model if neither is configured. They share one
 * timer that merges their deltas, so create one registry per process. Every prompt is made valid first.
 */
export function modelRegistry(models: Config["models"]): ModelRegistry {
  // Answers report what was left out of the request, and the log has its own format.
  globalThis.AI_SDK_LOG_WARNINGS = false
  const mergingDeltas = deltaMerging(models.mergeEveryMs)
  const withRetryAfter = retryAfterMiddleware()
  const offered = offeredModels(models).map(({ isMerged, ...entry }) => {
    const withPictures = isMerged ? withPicturesAsUserMessage : withPicturesInResults
    const model = withRetryAfter(withPictures(withValidPrompts(entry.model), models.reads.includes("image")))
    return { ...entry, model: isMerged ? model : mergingDeltas(model) }
  })
  // A Map rather than an object, so that an id such as `__proto__` finds nothing.
  const byId = new Map(offered.map((entry) => [entry.id, entry]))
  return {
    list: () => [...byId.values()].map(({ id, name }) => ({ id, name })),
    get(id) {
      const entry = id === undefined ? offered[0] : byId.get(id)
      if (!entry) throw new ChatError("model_not_allowed")
      return { id: entry.id, model: entry.model }
    },
  }
}

/** `isMerged`: the model merges its own deltas while reading */
type OfferedModel = PublicModel & { model: LanguageModelV4; isMerged?: boolean }

function offeredModels({
  openAiCompatible,
  gatewayApiKey,
  gatewayIds,
  mergeEveryMs,
}: Config["models"]): OfferedModel[] {
  if (openAiCompatible) {
    const tick = mergeEveryMs === 0 ? undefined : sharedTick({ everyMs: mergeEveryMs })
    const named = namedBy(openAiCompatibleModels(openAiCompatible, { tick }))
    return openAiCompatible.ids.map((id) => ({ ...named(id), isMerged: true }))
  }
  if (gatewayApiKey) {
    const gateway = createGateway({ apiKey: gatewayApiKey, fetch: fetchWithin() })
    const limited = silenceLimiting()
    return gatewayIds.map(namedBy((id) => limited(gateway(id))))
  }
  return [{ id: "scripted", name: "Demo model", model: scriptedModel() }]
}

function namedBy(provider: (id: string) => LanguageModelV4): (id: string) => OfferedModel {
  return (id) => ({ id, name: id, model: provider(id) })
}
