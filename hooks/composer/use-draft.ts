import { useEffect, useEffectEvent, useRef, useState } from "react"
import { type DraftPlace, draftKey, keepDraft, parseDraft, readDraft } from "./drafts.ts"

export interface DraftField {
  text: string
  setText(text: string): void
  /** what was attached before a reload has to be attached again */
  hasLostAttachments: boolean
}

interface DraftOptions {
  /** undefined: nothing is kept */
  place: DraftPlace | undefined
  hasAttachments: boolean
  /** @returns what stands in the field already, heard or not */
  shown(): string | undefined
}

/**
 * The text of a field, as it was left: after a reload, in another tab, back from another chat. Tabs on one chat that show
 * the same text go along with each other; where one has been written in apart, it keeps what it has. New chats are each
 * a chat of their own: what was written last in any of them is only what the next one begins with.
 */
export function useDraft({ place, hasAttachments, shown }: DraftOptions): DraftField {
  const [text, setText] = useState("")
  const [hasLostAttachments, setLost] = useState(false)
  const key = place && draftKey(place)

  const restore = useEffectEvent(() => {
    // On a slow machine somebody has written before the page can hear it.
    const draft = place && readDraft(place)
    const written = shown()
    setText((heard) => written || heard || (draft?.text ?? ""))
    setLost(!written && draft?.hadAttachments === true)
    if (place && written) keepDraft(place, { text: written, hadAttachments: false })
  })
  useEffect(() => restore(), [])

  // A new chat has got its id, and what is being written goes along with it.
  const lastKey = useRef(key)
  const move = useEffectEvent(() => {
    if (lastKey.current === key) return
    if (lastKey.current) localStorage.removeItem(lastKey.current)
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
