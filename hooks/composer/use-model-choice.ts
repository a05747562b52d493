import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react"
import type { ChatMessage, PublicModel } from "#lib/chat-protocol.ts"
import type { DraftPlace } from "./drafts.ts"
import { dropChoice, keepChoice, keepLastChoice, lastChoice, parseChoice, storedChoice } from "./model-choices.ts"

export interface ModelChoice {
  /** always one of the offered models */
  modelId: string
  /** the model that this chat would continue with is no longer offered */
  isOtherGone: boolean
  choose(modelId: string): void
}

interface ModelChoiceOptions {
  /** at least one */
  models: PublicModel[]
  /** the server's default */
  defaultId: string
  messages: ChatMessage[]
  /** where to store a choice that was not used yet */
  place: DraftPlace
}

/**
 * Decides which model answers next: the one chosen for this chat, even before a reload; else the one that wrote its last
 * answer, on any device; in a new chat, the one last chosen in this browser.
 */
export function useModelChoice({ models, defaultId, messages, place }: ModelChoiceOptions): ModelChoice {
  const [chosen, setChosen] = useState<string>()
  const [firstPlace] = useState(place)
  const stored = useSyncExternalStore(
    () => () => undefined,
    () => storedChoice(firstPlace),
    () => null,
  )
  const remembered = useSyncExternalStore(
    () => () => undefined,
    lastChoice,
    () => null,
  )
  const answer = messages.findLast(({ metadata }) => metadata?.model !== undefined)
  const last = answer?.metadata?.model
  const kept = parseChoice(stored, place)
  const unused = chosen ?? (kept?.after === answer?.id ? kept?.modelId : undefined)
  const isOffered = (id: string | null | undefined) => models.some((model) => model.id === id)

  // The choice moves with a new chat that gets its id, and to another branch. Once that model has answered, it is dropped.
  const keptAt = useRef(place)
  const keep = useEffectEvent(() => {
    if (chosen === undefined) return
    if (keptAt.current.chatId !== place.chatId) dropChoice(keptAt.current)
    keptAt.current = place
    if (last === chosen) dropChoice(place)
    else keepChoice(place, { modelId: chosen, after: answer?.id })
  })
  useEffect(() => keep(), [chosen, place.chatId, answer?.id])

  const wanted = unused ?? last
  return {
    modelId: [unused, last, remembered].find(isOffered) ?? defaultId,
    isOtherGone: wanted !== undefined && !isOffered(wanted),
    choose(modelId) {
      setChosen(modelId)
      keepLastChoice(modelId)
    },
  }
}
