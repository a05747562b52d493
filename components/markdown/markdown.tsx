import { type ComponentType, lazy, useEffect, useRef, useState, useSyncExternalStore } from "react"
import { Listeners } from "#hooks/browser/listeners.ts"
import { copyCodeOnClick } from "./code/copy-code.ts"
import { showCode } from "./code/incremental-highlighter.ts"
import { exceedsRenderLimits } from "./render-limits.ts"

interface MarkdownProps {
  text: string
  /** more words are coming: they fade in, and what is half written is shown as it will be */
  isLive: boolean
}

/**
 * What a model wrote. The server writes it out, and a browser takes that over as it stands: it loads the renderer when
 * there is something new to show. Until that is there, and for a text that would choke it, the plain text is shown.
 */
export function Markdown({ text, isLive }: MarkdownProps) {
  const isHydrating = useSyncExternalStore(neverChanges, inBrowser, fromServer)
  const Blocks = useSyncExternalStore(listeners.add, currentBlocks, none)
  const isAbsent = useSyncExternalStore(listeners.add, currentAbsence, never)
  const [written] = useState(isHydrating ? text : undefined)
  const isAsWritten = written !== undefined && (Blocks ? text === written && !isLive : text.startsWith(written))
  // Also where the end came all at once: nothing may follow that would ask for it.
  const isWanted = isLive || text !== written

  useEffect(() => {
    if (isWanted) void loadMarkdown()
  }, [isWanted])

  if (exceedsRenderLimits(text)) return <div className="plain-text">{text}</div>
  if (typeof window === "undefined") return <BlocksOnServer text={text} isLive={isLive} wasShown />
  if (isAsWritten) return <AsWritten />
  if (Blocks) return <Blocks text={text} isLive={isLive} wasShown={written !== undefined} />
  // What grows is shown meanwhile up to the first sign that the renderer would take away.
  return <div className="plain-text">{isLive && !isAbsent ? beforeSigns(text) : text}</div>
}

function beforeSigns(text: string): string {
  const sign = /[*_~`$\\[\]<>&#|!]|^[ \t]*(?:[-+=]|\d{1,9}(?:[.)]|$))|[ \t]{2}|\n/m.exec(text)
  return sign ? text.slice(0, sign.index) : text
}

/** Loads the renderer ahead of the first word, when somebody begins to do something on the page or `isWriting`. */
export function useMarkdownAhead(isWriting: boolean): void {
  useEffect(() => {
    if (isWriting) void loadMarkdown()
    const over = new AbortController()
    for (const sign of ["pointerdown", "keydown"])
      window.addEventListener(sign, () => void loadMarkdown(), { once: true, signal: over.signal })
    return () => over.abort()
  }, [isWriting])
}

/** Resolves once the renderer is there, or cannot be had now: then the next who asks has it loaded. */
export async function loadMarkdown(): Promise<void> {
  loading ??= import("./markdown-blocks.tsx").then(
    async ({ MarkdownBlocks, loadMaths }) => {
      // The server has written formulas: they stay as they are when the first new word comes.
      if (document.querySelector(".katex")) await loadMaths()
      blocks = MarkdownBlocks
      listeners.notify()
      loadCodeFont()
    },
    () => {
      loading = undefined
      isAbsent = true // the plain text is shown meanwhile
      listeners.notify()
    },
  )
  await loading
}

/** Ahead of the first code: what comes later would move it, and is left to the next page. */
function loadCodeFont(): void {
  const font = getComputedStyle(document.documentElement).getPropertyValue("--font-geist-mono")
  if (font) void document.fonts?.load(`1em ${font}`).catch(() => undefined)
}

interface BlocksProps extends MarkdownProps {
  /** the text stood there before: only what comes after it fades in */
  wasShown: boolean
}

// Without a Suspense boundary: the server writes the blocks where they belong, and none later.
const BlocksOnServer = lazy(async () => ({ default: (await import("./markdown-blocks.tsx")).MarkdownBlocks }))

/** The server's own HTML: React looks at nothing inside it, and changes nothing. */
function AsWritten() {
  const place = useRef<HTMLDivElement>(null)

  useEffect(() => {
    for (const code of place.current?.querySelectorAll<HTMLElement>("code[data-language]") ?? [])
      showCode(code, { code: code.textContent, isGrowing: false })
    // The server has asked for it ahead, and a browser complains of what it then has no use for.
    if (place.current?.querySelector(".katex")) void import("./maths/katex-style.tsx").catch(() => undefined)
  }, [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: the buttons inside take keys
    <div
      key="as-written"
      ref={place}
      className="markdown"
      onClick={copyCodeOnClick}
      suppressHydrationWarning
      dangerouslySetInnerHTML={nothingNew}
    />
  )
}

const nothingNew = { __html: "" }

let blocks: ComponentType<BlocksProps> | undefined
let isAbsent = false
let loading: Promise<void> | undefined
const listeners = new Listeners()

const currentBlocks = () => blocks
const currentAbsence = () => isAbsent
const none = () => undefined
const never = () => false
const neverChanges = () => () => undefined
const inBrowser = () => false
const fromServer = () => true
