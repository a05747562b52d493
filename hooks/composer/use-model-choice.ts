import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react"
import type { ChatMessage, PublicModel } from "#lib/chat-protocol.ts"
import type { DraftPlace } from "./drafts.ts"
import { dropChoice, keepChoice, keepLastChoice, lastChoice, parseChoice, storedChoice } from "./model-choices.ts"

export interface ModelChoice {
  /** always one that is on offer */
  modelId: string
  /** what this chat was to go on with is not on offer any more */
  isOtherGone: boolean
  choose(modelId: string): void
}

interface ModelChoiceOptions {
  /** at least one */
  models: PublicModel[]
  /** the server's, where nobody has chosen */
  defaultId: string
  messages: ChatMessage[]
  /** where a choice that was not used yet is kept */
  place: DraftPlace
}

/**
 * Which model answers next: the one that was chosen for this chat, also before a reload. Else a chat goes on with the
 * model it had last, on any device, as its answers say which that was; a new one begins with what this browser's user
 * chose last.
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

  // It goes along with a new chat that has got its id, and over another branch; what has answered needs no more keeping.
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
