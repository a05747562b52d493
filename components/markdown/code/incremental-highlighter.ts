import type { HighlightLine } from "./code-languages.ts"
import { replaceText } from "./replace-text.ts"

interface ShownCode {
  code: string
  /** more code follows */
  isGrowing: boolean
}

interface Highlighting extends ShownCode {
  /** the text that is not highlighted yet; the highlighted nodes before it are never touched again */
  rest: Text
  highlightedChars: number
  spentMs: number
  /** how often the time for the next line ran out */
  tries: number
  highlightLine: HighlightLine | undefined
  isSeen: boolean
  isRunning: boolean
}

/** Nobody reads more; the rest stays plain. */
const maxHighlightedChars = 50_000
/** Code that is maliciously slow to highlight stays plain from there on. */
const maxSpentMs = 10_000
/** On a busy machine a line is tried again, after a pause that doubles. Then the code stays plain. */
const maxTries = 6
const firstRetryMs = 250
/** Less than half of a frame, so that the page stays responsive. */
const sliceMs = 6

/**
 * Shows code in an element that nothing else changes, and highlights it once it is visible: line by line, each line once,
 * when it is complete. So growing code stays cheap however long it is, and nothing moves.
 * @param place names its language in `data-language`
 */
export function showCode(place: HTMLElement, { code, isGrowing }: ShownCode): void {
  const known = highlightings.get(place)
  if (known && code.startsWith(known.code)) {
    known.rest.appendData(code.slice(known.code.length))
    Object.assign(known, { code, isGrowing })
    return void highlight(place, known)
  }
  if (place.textContent !== code) place.textContent = code
  const rest = place.firstChild instanceof Text ? place.firstChild : place.appendChild(new Text())
  const fresh = {
    highlightedChars: 0,
    spentMs: 0,
    tries: 0,
    highlightLine: undefined,
    isRunning: false,
    isSeen: known?.isSeen ?? false,
  }
  highlightings.set(place, { code, isGrowing, rest, ...fresh })
  if (known) void highlight(place, highlightings.get(place))
  else watch(place)
}

const highlightings = new WeakMap<HTMLElement, Highlighting>()
let observer: IntersectionObserver | undefined

function watch(place: HTMLElement): void {
  if (!place.dataset["language"] || !("IntersectionObserver" in window)) return
  observer ??= new IntersectionObserver(onVisible, { rootMargin: "50%" })
  observer.observe(place)
}

function onVisible(entries: IntersectionObserverEntry[]): void {
  for (const { isIntersecting, target } of entries) {
    const highlighting = target instanceof HTMLElement ? highlightings.get(target) : undefined
    if (!isIntersecting || !highlighting || !(target instanceof HTMLElement)) continue
    observer?.unobserve(target)
    highlighting.isSeen = true
    void highlight(target, highlighting)
  }
}

async function highlight(place: HTMLElement, highlighting: Highlighting | undefined): Promise<void> {
  if (!highlighting?.isSeen || highlighting.isRunning) return
  highlighting.isRunning = true
  try {
    highlighting.highlightLine ??= await highlighterFor(place.dataset["language"] ?? "")
    while (highlightings.get(place) === highlighting && place.isConnected && highlightSlice(highlighting))
      await pause(highlighting.tries > 0 ? firstRetryMs * 2 ** (highlighting.tries - 1) : 0)
  } finally {
    highlighting.isRunning = false
  }
}

/** @returns undefined if the language is unknown or cannot be loaded; then the code stays plain */
async function highlighterFor(language: string): Promise<HighlightLine | undefined> {
  try {
    const { lineHighlighter } = await import("./code-languages.ts")
    return await lineHighlighter(language)
  } catch {
    return undefined // offline: the code is readable without colours
  }
}

/** @returns whether there is more to highlight */
function highlightSlice(highlighting: Highlighting): boolean {
  const { rest, highlightLine } = highlighting
  if (!highlightLine || highlighting.spentMs > maxSpentMs || highlighting.tries > maxTries) return false
  const begun = performance.now()
  const fragment = document.createDocumentFragment()
  const text = rest.data
  let at = 0
  let hasMore = true
  while (hasMore && performance.now() < begun + sliceMs) {
    const end = text.indexOf("\n", at)
    hasMore =
      at < text.length &&
      (end >= 0 || !highlighting.isGrowing) &&
      highlighting.highlightedChars + at < maxHighlightedChars
    if (!hasMore) break
    const next = end < 0 ? text.length : end + 1
    const nodes = highlightLine(text.slice(at, end < 0 ? next : end))
    highlighting.tries = nodes ? 0 : highlighting.tries + 1
    if (!nodes) break
    fragment.append(...nodes, ...(end < 0 ? [] : ["\n"]))
    at = next
  }
  if (at > 0) {
    // A new node: shortening the old one would count as a layout shift.
    highlighting.rest = new Text(text.slice(at))
    fragment.append(highlighting.rest)
    replaceText(rest, fragment)
    highlighting.highlightedChars += at
  }
  highlighting.spentMs += performance.now() - begun
  return hasMore
}

/** Lets the browser render and handle input. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
