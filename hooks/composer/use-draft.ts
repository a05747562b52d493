import { useEffect, useEffectEvent, useRef, useState } from "react"
import { localItems } from "../browser/browser-storage.ts"
import { type DraftPlace, draftKey, keepDraft, parseDraft, readDraft } from "./drafts.ts"

export interface DraftField {
  text: string
  setText(text: string): void
  /** attachments were lost by a reload and have to be attached again */
  hasLostAttachments: boolean
}

interface DraftOptions {
  /** undefined: nothing is stored */
  place: DraftPlace | undefined
  hasAttachments: boolean
  /** @returns the text in the field, also what was typed before the page was hydrated */
  shown(): string | undefined
}

/**
 * Keeps the text of a field across reloads, tabs and visits to other chats. Tabs on one chat stay in sync for as long as
 * they show the same text; a tab whose text differs keeps its own. New chats do not sync: the latest draft of any of
 * them is only what the next one begins with.
 */
export function useDraft({ place, hasAttachments, shown }: DraftOptions): DraftField {
  const [text, setText] = useState("")
  const [hasLostAttachments, setLost] = useState(false)
  const key = place && draftKey(place)

  const restore = useEffectEvent(() => {
    // On a slow machine the user may have typed before the page was hydrated.
    const draft = place && readDraft(place)
    const written = shown()
    setText((heard) => written || heard || (draft?.text ?? ""))
    setLost(!written && draft?.hadAttachments === true)
    if (place && written) keepDraft(place, { text: written, hadAttachments: false })
  })
  useEffect(() => restore(), [])

  // When a new chat gets its id, the draft moves with it.
  const lastKey = useRef(key)
  const move = useEffectEvent(() => {
    if (lastKey.current === key) return
    if (lastKey.current) localItems.remove(lastKey.current)
    lastKey.current = key
    if (place) keepDraft(place, { text, hadAttachments: hasAttachments })
  })
  useEffect(() => move(), [key])

  const isShared = place?.chatId !== undefined
  useEffect(() => {
    if (!isShared) return
    function hear(event: StorageEvent): void {
      if (event.key !== key || event.storageArea !== localStorage) return
      const before = parseDraft(event.oldValue)?.text ?? ""
      const after = parseDraft(event.newValue)?.text ?? ""
      setText((shownNow) => (shownNow === before ? after : shownNow))
    }
    window.addEventListener("storage", hear)
    return () => window.removeEventListener("storage", hear)
  }, [key, isShared])

  const keep = useEffectEvent(() => {
    if (place && text !== "") keepDraft(place, { text, hadAttachments: hasAttachments || hasLostAttachments })
  })
  useEffect(() => keep(), [hasAttachments])

  return {
    text,
    hasLostAttachments: hasLostAttachments && !hasAttachments && text !== "",
    setText(next) {
      setText(next)
      if (next === "") setLost(false)
      if (place) keepDraft(place, { text: next, hadAttachments: hasAttachments || hasLostAttachments })
    },
  }
}
