import type { UIMessageChunk } from "ai"

export interface CitedSource {
  url: string
  title: string | undefined
}

/** More than anybody reads; a tool gone wild stays bounded. */
const maxSources = 100

/**
 * Lets each address through once, however often it is cited, and none that a browser could run.
 * @param cited filled in the order of first mention
 * @returns a filter: false for a chunk that is to be left out
 */
export function citedSources(cited: CitedSource[]): (chunk: UIMessageChunk) => boolean {
  const seen = new Set<string>()
  return (chunk) => {
    if (chunk.type !== "source-url") return true
    const url = normalUrl(chunk.url)
    if (url === undefined || seen.has(url) || seen.size >= maxSources) return false
    seen.add(url)
    cited.push({ url, title: chunk.title })
    return true
  }
}

/** @returns undefined for what is no web address */
function normalUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined
  url.hash = ""
  return url.href
}
