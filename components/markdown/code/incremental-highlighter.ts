import type { HighlightLine } from "./code-languages.ts"

interface ShownCode {
  code: string
  /** more of it is coming */
  isGrowing: boolean
}

interface Painting extends ShownCode {
  /** what is not painted yet; what is painted stands before it, and is never touched again */
  rest: Text
  paintedChars: number
  spentMs: number
  /** how often there was no time for the next line */
  tries: number
  highlightLine: HighlightLine | undefined
  isSeen: boolean
  isRunning: boolean
}

/** More than anybody reads; the rest of it stays plain. */
const mostPaintedChars = 50_000
/** Code that is made to choke its language's grammar stays plain from there on. */
const mostPaintMs = 10_000
/** A busy machine has time later; after these tries, each twice as long after the one before, the code stays plain. */
const mostTries = 6
const firstRetryMs = 250
/** A frame is 16 ms, and others want some of it. */
const sliceMs = 6

/**
 * Shows code in an element that is nobody else's, and paints it once somebody sees it: line by line, each once, when it
 * is whole. So a long code that grows takes no longer than a short one, and nothing moves.
 * @param place has the language as `data-language`
 */
export function showCode(place: HTMLElement, { code, isGrowing }: ShownCode): void {
  const known = paintings.get(place)
  if (known && code.startsWith(known.code)) {
    known.rest.appendData(code.slice(known.code.length))
    Object.assign(known, { code, isGrowing })
    return void paint(place, known)
  }
  if (place.textContent !== code) place.textContent = code
  const rest = place.firstChild instanceof Text ? place.firstChild : place.appendChild(new Text())
  const fresh = {
    paintedChars: 0,
    spentMs: 0,
    tries: 0,
    highlightLine: undefined,
    isRunning: false,
    isSeen: known?.isSeen ?? false,
  }
  paintings.set(place, { code, isGrowing, rest, ...fresh })
  if (known) void paint(place, paintings.get(place))
  else watch(place)
}

const paintings = new WeakMap<HTMLElement, Painting>()
let eyes: IntersectionObserver | undefined

function watch(place: HTMLElement): void {
  if (!place.dataset["language"] || !("IntersectionObserver" in window)) return
  eyes ??= new IntersectionObserver(see, { rootMargin: "50%" })
  eyes.observe(place)
}

function see(entries: IntersectionObserverEntry[]): void {
  for (const { isIntersecting, target } of entries) {
    const painting = target instanceof HTMLElement ? paintings.get(target) : undefined
    if (!isIntersecting || !painting || !(target instanceof HTMLElement)) continue
    eyes?.unobserve(target)
    painting.isSeen = true
    void paint(target, painting)
  }
}

async function paint(place: HTMLElement, painting: Painting | undefined): Promise<void> {
  if (!painting?.isSeen || painting.isRunning) return
  painting.isRunning = true
  try {
    painting.highlightLine ??= await painterFor(place.dataset["language"] ?? "")
    while (paintings.get(place) === painting && place.isConnected && paintSlice(painting))
      await pause(painting.tries > 0 ? firstRetryMs * 2 ** (painting.tries - 1) : 0)
  } finally {
    painting.isRunning = false
  }
}

/** @returns undefined where the language is unknown, or cannot be loaded now: the code stays plain */
async function painterFor(language: string): Promise<HighlightLine | undefined> {
  try {
    const { lineHighlighter } = await import("./code-languages.ts")
    return await lineHighlighter(language)
  } catch {
    return undefined // the network is away: the code can be read all the same
  }
}

/** @returns true where there is more to paint */
function paintSlice(painting: Painting): boolean {
  const { rest, highlightLine } = painting
  if (!highlightLine || painting.spentMs > mostPaintMs || painting.tries > mostTries) return false
  const begun = performance.now()
  const painted = document.createDocumentFragment()
  const text = rest.data
  let at = 0
  let hasMore = true
  while (hasMore && performance.now() < begun + sliceMs) {
    const end = text.indexOf("\n", at)
    hasMore = at < text.length && (end >= 0 || !painting.isGrowing) && painting.paintedChars + at < mostPaintedChars
    if (!hasMore) break
    const next = end < 0 ? text.length : end + 1
    const nodes = highlightLine(text.slice(at, end < 0 ? next : end))
    painting.tries = nodes ? 0 : painting.tries + 1
    if (!nodes) break
    painted.append(...nodes, ...(end < 0 ? [] : ["\n"]))
    at = next
  }
  if (at > 0) {
    // A new node, as the old one would be seen to move down by what is taken off its front.
    painting.rest = new Text(text.slice(at))
    rest.replaceWith(painted, painting.rest)
    painting.paintedChars += at
  }
  painting.spentMs += performance.now() - begun
  return hasMore
}

/** Lets the page paint and listen. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
