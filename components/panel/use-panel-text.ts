import { useEffect, useState } from "react"
import { readFileText } from "#lib/transports/chat-api.ts"
import { texts } from "../texts.ts"
import type { PanelItem } from "./panel-item.ts"

interface PanelText {
  /** undefined while it is being fetched, or if that failed */
  text: string | undefined
  /** a sentence for people */
  problem: string | undefined
  retry(): void
}

/** Returns the text of the shown item, which is fetched if it is an uploaded file. */
export function usePanelText(content: PanelItem["content"] | undefined): PanelText {
  const [fetched, setFetched] = useState<Pick<PanelText, "text" | "problem">>()
  const [tries, setTries] = useState(0)
  const url = content && "url" in content ? content.url : undefined

  useEffect(() => {
    if (url === undefined) return
    const leaving = new AbortController()
    setFetched(undefined)
    readFileText(url, leaving.signal).then(
      (text) => setFetched({ text, problem: undefined }),
      () => leaving.signal.aborted || setFetched({ text: undefined, problem: texts.panel.notFetched }),
    )
    return () => leaving.abort()
  }, [url, tries])

  const text = content && "text" in content ? content.text : fetched?.text
  return { text, problem: fetched?.problem, retry: () => setTries(tries + 1) }
}
