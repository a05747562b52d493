import { useEffect, useState } from "react"

/** What a view of the demo shows, read from the page in its frame. */
export interface ShownChat {
  /** the text of the last answer */
  text: string
  words: number
  connection: string
  isWriting: boolean
}

export const nothingShown: ShownChat = { text: "", words: 0, connection: "idle", isWriting: false }

/** Fast enough for a word counter, and slow enough to cost nothing noticeable. */
const readEveryMs = 250

/** Reads a chat page in a frame again and again. @param frame of our own origin; null: there is none */
export function useShownChat(frame: HTMLIFrameElement | null): ShownChat {
  const [shown, setShown] = useState(nothingShown)
  useEffect(() => {
    if (!frame) return setShown(nothingShown)
    const timer = setInterval(() => {
      const page = frame.contentDocument
      if (page) setShown((before) => changed(before, shownOn(page)))
    }, readEveryMs)
    return () => clearInterval(timer)
  }, [frame])
  return shown
}

function shownOn(page: Document): ShownChat {
  const answer = [...page.querySelectorAll<HTMLElement>("[data-testid=message-assistant]")].at(-1)
  const texts = [...(answer?.querySelectorAll(".markdown") ?? [])].map((part) => part.textContent ?? "")
  const text = texts.join("\n")
  return {
    text,
    words: text.split(/\s+/).filter(Boolean).length,
    connection: page.querySelector<HTMLElement>("[data-testid=connection]")?.dataset["state"] ?? "idle",
    isWriting: answer?.dataset["status"] === "streaming" || page.querySelector("[data-testid=skeleton]") !== null,
  }
}

function changed(before: ShownChat, now: ShownChat): ShownChat {
  const isSame = before.text === now.text && before.connection === now.connection && before.isWriting === now.isWriting
  return isSame ? before : now
}
