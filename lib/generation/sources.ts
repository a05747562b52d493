import type { UIMessageChunk } from "ai"

export interface CitedSource {
  url: string
  title: string | undefined
}

/** More than anybody reads; a tool gone wild stays bounded. */
const maxSources = 100
/** In bytes too, since a normal URL is ASCII. Postgres cannot index much more, and a row that fails loses the answer. */
const maxUrlChars = 2_000
const maxTitleChars = 300

/** They say who sent a reader, not what is read. */
const trackingParameter = /^(utm_.*|gclid|dclid|fbclid|msclkid|mc_eid|igshid)$/i

/**
 * Lets each address through once, however often and however it is written, and none that a browser could run.
 * @param cited filled in the order of first mention: its number is its place
 * @returns a filter: the chunk with the address as it is stored; undefined for one that is to be left out
 */
export function citedSources(cited: CitedSource[]): (chunk: UIMessageChunk) => UIMessageChunk | undefined {
  const seen = new Set<string>()
  return (chunk) => {
    if (chunk.type !== "source-url") return chunk
    const url = normalUrl(chunk.url)
    if (url === undefined || seen.has(url) || seen.size >= maxSources) return undefined
    seen.add(url)
    const title = chunk.title?.slice(0, maxTitleChars).toWellFormed()
    cited.push({ url, title })
    return { ...chunk, url, ...(title !== undefined && { title }) }
  }
}

/**
 * One spelling an address: scheme and host in lower case, no default port, no name or password, no fragment, no
 * tracking parameters. A slash at the end stays: with and without it can be two pages.
 * @returns undefined for what is no web address
 */
export function normalUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined
  url.hash = ""
  url.username = ""
  url.password = ""
  // Only where there is something to take away: to write the parameters anew would change how others are encoded.
  const tracking = [...url.searchParams.keys()].filter((name) => trackingParameter.test(name))
  for (const name of tracking) url.searchParams.delete(name)
  return url.href.length > maxUrlChars ? undefined : url.href
}
