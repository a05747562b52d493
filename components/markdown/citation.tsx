import type { SourceUrlUIPart } from "ai"
import { createContext, type ReactNode, useContext } from "react"
import { isOwnAddress } from "#lib/chat-protocol.ts"
import { texts } from "../texts.ts"
import { hostOf } from "./safe-link.tsx"

/** The sources of the answer that is being rendered, in the order of their numbers. */
export const CitedSources = createContext<SourceUrlUIPart[]>([])

/** Renders the number of a source as a button; if there is no such source, the text as it was written. */
export function Citation({ number, children }: { number: number; children: ReactNode }) {
  const source = useContext(CitedSources)[number - 1]
  if (!source) return <>{children}</>
  return (
    <button
      type="button"
      data-citation={number}
      aria-label={texts.source(number, titleOf(source))}
      data-testid="citation"
      className="rounded-sm text-accent hover:underline"
    >
      {children}
    </button>
  )
}

export function titleOf(source: SourceUrlUIPart): string {
  return source.title?.trim() || siteOf(source)
}

/** Names the site that a source is on: its host, or this project's own documents. */
export function siteOf({ url }: SourceUrlUIPart): string {
  return isOwnAddress(url) ? texts.documentsTitle : hostOf(url)
}
