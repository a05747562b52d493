import type { ToolSet, UIMessageChunk } from "ai"
import { isOwnAddress } from "#lib/chat-protocol.ts"
import { wellFormedText } from "../text.ts"
import { isNamingSources } from "../tools/marks.ts"
import { type NamedSource, sourcesIn } from "../tools/names-sources.ts"

export interface CitedSource {
  url: string
  title: string | undefined
}

/**
 * Collects the sources of one answer. Each address is listed once, however it is spelled, and none is one that a
 * browser could run.
 */
export interface AnswerSources {
  /** the sources sent so far, in the order of their numbers, from 1 */
  readonly cited: CitedSource[]
  /**
   * Numbers a source before it is sent, so that a tool's output can name it.
   * @returns undefined if it is left out
   */
  numberOf(source: NamedSource): number | undefined
  /** Returns what is sent for a chunk: a tool's output is followed by the sources that it names, each only once. */
  withSources(chunk: UIMessageChunk): UIMessageChunk[]
  /** Tracks what readers already have. */
  noteSent(chunk: UIMessageChunk): void
  /** Returns the sources that have a number but were not sent yet. */
  due(): UIMessageChunk[]
}

/** More than anyone reads: limits a tool that runs wild. */
const maxSources = 100
/**
 * In characters, which are bytes here, since a normalised URL is ASCII. Postgres cannot index much more, and a row
 * that fails loses the answer.
 */
const maxUrlChars = 2_000
const maxTitleChars = 300

/** Parameters that only say where a visitor came from. */
const trackingParameter = /^(utm_.*|gclid|dclid|fbclid|msclkid|mc_eid|igshid)$/i

/** Collects the sources of an answer. @param tools the tools that the answer may call */
export function answerSources(tools: ToolSet): AnswerSources {
  type SourceChunk = Extract<UIMessageChunk, { type: "source-url" }>
  const numbers = new Map<string, number>()
  const known: SourceChunk[] = []
  const cited: CitedSource[] = []
  const namingCalls = new Set<string>()
  let citedBeforeStep = 0

  function add(chunk: SourceChunk): number | undefined {
    const url = normalUrl(chunk.url)
    if (url === undefined) return undefined
    const number = numbers.get(url)
    if (number !== undefined || numbers.size >= maxSources) return number
    const title = chunk.title === undefined ? undefined : wellFormedText(chunk.title.slice(0, maxTitleChars))
    known.push({ ...chunk, url, ...(title !== undefined && { title }) })
    numbers.set(url, known.length)
    return known.length
  }

  function numberOf({ url, title }: NamedSource): number | undefined {
    return add({
      type: "source-url",
      sourceId: `source-${known.length + 1}`,
      url,
      ...(title !== undefined && { title }),
    })
  }

  function note(chunk: UIMessageChunk): void {
    if (chunk.type === "start-step") citedBeforeStep = cited.length
    if (chunk.type === "reset-step") forgetStep()
    if (chunk.type === "source-url") add(chunk)
    if (chunk.type === "tool-input-start" || chunk.type === "tool-input-available") {
      const tool = Object.hasOwn(tools, chunk.toolName) ? tools[chunk.toolName] : undefined
      if (tool && isNamingSources(tool)) namingCalls.add(chunk.toolCallId)
    }
    if (chunk.type === "tool-output-available" && !chunk.preliminary && namingCalls.has(chunk.toolCallId))
      for (const source of sourcesIn(chunk.output)) numberOf(source)
  }

  /** The step's sources are gone with its parts, and are sent again if what replaces it names them. */
  function forgetStep(): void {
    for (const { url } of known.splice(citedBeforeStep)) numbers.delete(url)
    cited.splice(citedBeforeStep)
  }

  // Sent in the order of their numbers, whichever call ends first: a number is a source's position in the message.
  function due(): SourceChunk[] {
    const chunks = known.slice(cited.length)
    cited.push(...chunks.map(({ url, title }) => ({ url, title })))
    return chunks
  }

  return {
    cited,
    numberOf,
    due,
    withSources(chunk) {
      note(chunk)
      if (chunk.type === "source-url") return due()
      return chunk.type === "tool-output-available" && !chunk.preliminary ? [chunk, ...due()] : [chunk]
    },
    noteSent(chunk) {
      note(chunk)
      const next = known[cited.length]
      if (chunk.type === "source-url" && next) cited.push({ url: next.url, title: next.title })
    },
  }
}

/**
 * Normalises an address: scheme and host in lower case, no default port, credentials, fragment or tracking
 * parameters. A slash at the end stays, since the address without it may be another page. Addresses of our own are
 * paths and keep their fragment, which is the cited section of a document.
 * @returns undefined if the text is no web address
 */
export function normalUrl(text: string): string | undefined {
  const normal = isOwnAddress(text) ? normalPath(text) : normalWebUrl(text)
  return normal === undefined || normal.length > maxUrlChars ? undefined : normal
}

function normalPath(text: string): string {
  const { pathname, search, hash } = new URL(text, "http://own.invalid")
  return pathname + search + hash
}

function normalWebUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined
  url.hash = ""
  url.username = ""
  url.password = ""
  // Deletes parameters only if there are any, since a rewrite would change the encoding of the others.
  const tracking = [...url.searchParams.keys()].filter((name) => trackingParameter.test(name))
  for (const name of tracking) url.searchParams.delete(name)
  return url.href
}
