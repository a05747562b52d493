import { useState } from "react"
import { type ShownChat, useShownChat } from "../chat/use-shown-chat.ts"
import { setNetworkOf } from "./demo-network.ts"

/** One view of the demo's chat, with the actions that break and restore it. */
export interface DemoView {
  shown: ShownChat
  isDropped: boolean
  /** it was reloaded or offline while it had something to lose, and now shows all of it again */
  hasSurvived: boolean
  setFrame(frame: HTMLIFrameElement | null): void
  noteLoaded(): void
  reload(): void
  drop(): void
  restore(): void
}

interface Break {
  /** how many words it showed before */
  words: number
  /** "broken": the page is reloading or offline. "mended": it is back, and must now show that nothing is lost */
  state: "broken" | "mended"
}

export function useDemoView(): DemoView {
  const [frame, setFrame] = useState<HTMLIFrameElement | null>(null)
  const shown = useShownChat(frame)
  const [isDropped, setDropped] = useState(false)
  const [broken, setBroken] = useState<Break>()
  const [hasSurvived, setSurvived] = useState(false)

  const isConnected = shown.connection !== "offline" && shown.connection !== "reconnecting"
  if (broken?.state === "mended" && isConnected && shown.words > 0 && shown.words >= broken.words) {
    setBroken(undefined)
    setSurvived(true)
  }

  function breakNow(): void {
    if (shown.words > 0 || shown.isWriting) setBroken({ words: shown.words, state: "broken" })
  }
  function mend(): void {
    setDropped(false)
    setBroken((before) => before && { ...before, state: "mended" })
  }

  return {
    shown,
    isDropped,
    hasSurvived,
    setFrame,
    // A page that has been reloaded is online again.
    noteLoaded: mend,
    reload() {
      breakNow()
      frame?.contentWindow?.location.reload()
    },
    drop() {
      if (!frame) return
      breakNow()
      setDropped(true)
      setNetworkOf(frame, false)
    },
    restore() {
      if (frame) setNetworkOf(frame, true)
      mend()
    },
  }
}
