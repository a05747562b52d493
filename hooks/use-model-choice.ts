import { useState, useSyncExternalStore } from "react"
import type { ChatMessage, PublicModel } from "#lib/chat-protocol.ts"

export interface ModelChoice {
  /** always one that is on offer */
  modelId: string
  choose(modelId: string): void
}

interface ModelChoiceOptions {
  /** at least one */
  models: PublicModel[]
  /** the server's, where nobody has chosen */
  defaultId: string
  messages: ChatMessage[]
}

const key = "rejoin:model"

/**
 * Which model answers next. A chat goes on with the model it had last, on any device, as its answers say which that was;
 * a new one begins with what this browser's user chose last.
 */
export function useModelChoice({ models, defaultId, messages }: ModelChoiceOptions): ModelChoice {
  const [chosen, setChosen] = useState<string>()
  const remembered = useSyncExternalStore(
    () => () => undefined,
    () => localStorage.getItem(key),
    () => null,
  )
  const last = messages.findLast(({ metadata }) => metadata?.model !== undefined)?.metadata?.model
  const isOffered = (id: string | null | undefined) => models.some((model) => model.id === id)
  return {
    modelId: [chosen, last, remembered].find(isOffered) ?? defaultId,
    choose(modelId) {
      setChosen(modelId)
      localStorage.setItem(key, modelId)
    },
  }
}
