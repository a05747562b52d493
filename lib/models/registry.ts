import type { LanguageModelV4 } from "@ai-sdk/provider"
import { createGateway } from "ai"
import type { PublicModel } from "#lib/chat-protocol.ts"
import type { Config } from "#lib/config.ts"
import { ChatError } from "#lib/errors.ts"
import { scriptedModel } from "./demo/scripted.ts"
import { fetchWithin } from "./fetch-within.ts"
import { mergingEvery } from "./merge-deltas.ts"
import { openAiCompatibleModels } from "./openai-compatible.ts"
import { keepingShape } from "./prompt-shape.ts"
import { retryingSoon } from "./retry-soon.ts"
import { sharedTick } from "./shared-tick.ts"
import { limitingSilence } from "./silence-limit.ts"
import { readingToolPictures, showingToolPictures } from "./tool-pictures.ts"

export interface ModelRegistry {
  /** Every model on offer, at least one; the first is the default. */
  list(): PublicModel[]
  /**
   * @param id none: the default
   * @throws ChatError "model_not_allowed" where the id is not on offer
   */
  get(id?: string): { id: string; model: LanguageModelV4 }
}

/**
 * The models of the configured server or gateway, or the demo model where neither is configured.
 * They merge their deltas, at the ticks of one timer: make one registry a process. Every prompt they are given is in shape.
 */
export function modelRegistry(models: Config["models"]): ModelRegistry {
  // The answer says what was left out of its request; the log's lines are ours.
  globalThis.AI_SDK_LOG_WARNINGS = false
  const merging = mergingEvery(models.mergeEveryMs)
  const patient = retryingSoon()
  const offered = offeredModels(models).map(({ isMerged, ...entry }) => {
    const withPictures = isMerged ? showingToolPictures : readingToolPictures
    const model = patient(withPictures(keepingShape(entry.model), models.reads.includes("image")))
    return { ...entry, model: isMerged ? model : merging(model) }
  })
  // A Map and not an object: an id such as `__proto__` finds nothing in it.
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

/** `isMerged`: it merges its deltas itself, as they are read */
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
    const limited = limitingSilence()
    return gatewayIds.map(namedBy((id) => limited(gateway(id))))
  }
  return [{ id: "scripted", name: "Demo model", model: scriptedModel() }]
}

function namedBy(provider: (id: string) => LanguageModelV4): (id: string) => OfferedModel {
  return (id) => ({ id, name: id, model: provider(id) })
}
