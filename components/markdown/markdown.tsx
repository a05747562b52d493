import { type ComponentType, lazy, useEffect, useRef, useState, useSyncExternalStore } from "react"
import { Listeners } from "#hooks/browser/listeners.ts"
import { useIsHydrated } from "#hooks/browser/use-is-hydrated.ts"
import { copyCodeOnClick } from "./code/copy-code.ts"
import { showCode } from "./code/incremental-highlighter.ts"
import { exceedsRenderLimits } from "./render-limits.ts"

interface MarkdownProps {
  text: string
  /** more text follows: new words fade in, and incomplete syntax is held back */
  isLive: boolean
}

/**
 * Renders what a model wrote. The browser keeps the server's HTML as it is, and loads the renderer only when there is new
 * text. Until it is loaded, and for text beyond the render limits, shows the plain text.
 */
export function Markdown({ text, isLive }: MarkdownProps) {
  const isHydrated = useIsHydrated()
  const Blocks = useSyncExternalStore(listeners.add, currentBlocks, none)
  const isAbsent = useSyncExternalStore(listeners.add, currentAbsence, never)
  const [serverText] = useState(isHydrated ? undefined : text)
  const isUnchanged =
    serverText !== undefined && (Blocks ? text === serverText && !isLive : text.startsWith(serverText))
  // The whole rest may have arrived at once, so that no later update would load the renderer.
  const isWanted = isLive || text !== serverText

  useEffect(() => {
    if (isWanted) void loadMarkdown()
  }, [isWanted])

  if (exceedsRenderLimits(text)) return <div className="plain-text">{text}</div>
  if (typeof window === "undefined") return <BlocksOnServer text={text} isLive={isLive} wasShown />
  if (isUnchanged) return <ServerHtml />
  if (Blocks) return <Blocks text={text} isLive={isLive} wasShown={serverText !== undefined} />
  // Meanwhile a growing text is shown up to the first character that may be Markdown.
  return <div className="plain-text">{isLive && !isAbsent ? beforeSyntax(text) : text}</div>
}

function beforeSyntax(text: string): string {
  const sign = /[*_~`$\\[\]<>&#|!]|^[ \t]*(?:[-+=]|\d{1,9}(?:[.)]|$))|[ \t]{2}|\n/m.exec(text)
  return sign ? text.slice(0, sign.index) : text
}

/** Preloads the renderer at the first interaction with the page, or when an answer begins. */
export function useMarkdownAhead(isWriting: boolean): void {
  useEffect(() => {
    if (isWriting) void loadMarkdown()
    const over = new AbortController()
    for (const type of ["pointerdown", "keydown"])
      window.addEventListener(type, () => void loadMarkdown(), { once: true, signal: over.signal })
    return () => over.abort()
  }, [isWriting])
}

/** Resolves when the renderer is loaded, or loading has failed: then the next call tries again. */
export async function loadMarkdown(): Promise<void> {
  loading ??= import("./markdown-blocks.tsx").then(
    async ({ MarkdownBlocks, loadMaths }) => {
      // Formulas from the server must not change when the first new word arrives.
      if (document.querySelector(".katex")) await loadMaths()
      blocks = MarkdownBlocks
      listeners.notify()
      loadCodeFont()
    },
    () => {
      loading = undefined
      isAbsent = true // until then the plain text is shown
      listeners.notify()
    },
  )
  await loading
}

/** Preloads the font for code: loading it with the first code would shift the text. */
function loadCodeFont(): void {
  const font = getComputedStyle(document.documentElement).getPropertyValue("--font-geist-mono")
  if (font) void document.fonts?.load(`1em ${font}`).catch(() => undefined)
}

interface BlocksProps extends MarkdownProps {
  /** the text was visible before: only later text fades in */
  wasShown: boolean
}

// Without a Suspense boundary, so that the server renders the blocks in place instead of streaming them later.
const BlocksOnServer = lazy(async () => ({ default: (await import("./markdown-blocks.tsx")).MarkdownBlocks }))

/** Keeps the server's HTML: React neither compares nor changes it. */
function ServerHtml() {
  const place = useRef<HTMLDivElement>(null)

  useEffect(() => {
    for (const code of place.current?.querySelectorAll<HTMLElement>("code[data-language]") ?? [])
      showCode(code, { code: code.textContent, isGrowing: false })
    // The server's page preloads it, and browsers warn about a preload that is not used.
    if (place.current?.querySelector(".katex")) void import("./maths/katex-style.tsx").catch(() => undefined)
  }, [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: the buttons inside take keys
    <div
      key="server-html"
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
