import dynamic from "next/dynamic"
import { type ComponentType, useSyncExternalStore } from "react"
import { isTooHeavy } from "./too-heavy.ts"

interface MarkdownProps {
  text: string
  /** more words are coming: they fade in, and what is half written is shown as it will be */
  isLive: boolean
}

/** What a model wrote. Until the renderer is there, and where the text would choke it, the plain text. */
export function Markdown({ text, isLive }: MarkdownProps) {
  const isReady = useSyncExternalStore(
    subscribe,
    () => isLoaded,
    () => true,
  )
  return isReady && !isTooHeavy(text) ? (
    <MarkdownWhenLoaded text={text} isLive={isLive} />
  ) : (
    <div className="plain-text">{text}</div>
  )
}

/** Fetches the renderer ahead of the first answer, so that the page of a new chat need not carry it. */
export async function loadMarkdown(): Promise<ComponentType<MarkdownProps>> {
  const { MarkdownBlocks } = await import("./markdown-blocks.tsx")
  isLoaded = true
  for (const notify of listeners) notify()
  return MarkdownBlocks
}

// Without a Suspense boundary of its own: the server writes the blocks where they belong, and hydration waits for
// the renderer instead of replacing them with a fallback.
const MarkdownWhenLoaded = dynamic(loadMarkdown)

let isLoaded = false
const listeners = new Set<() => void>()

function subscribe(notify: () => void): () => void {
  listeners.add(notify)
  return () => listeners.delete(notify)
}
