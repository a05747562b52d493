import type { SourceUrlUIPart } from "ai"
import { type FocusEvent, type MouseEvent, type PointerEvent, type ReactNode, useId, useMemo, useState } from "react"
import { flushSync } from "react-dom"
import { isOwnAddress } from "#lib/chat-protocol.ts"
import { CardAt, HoverCard, useDelayed } from "../../controls/hover-card.tsx"
import { CitedSources, siteOf, titleOf } from "../../markdown/citation.tsx"
import { hostOf, isWebAddress } from "../../markdown/safe-link.tsx"
import { texts } from "../../texts.ts"

interface WithSourcesProps {
  sources: SourceUrlUIPart[]
  /** the text still grows, so nothing is shown below it that would be moved by every line */
  isGrowing?: boolean
  children: ReactNode
}

/** Shows an answer's text, whose citations lead to the list of sources below it. */
export function WithSources({ sources, isGrowing = false, children }: WithSourcesProps) {
  const [isUnfolded, setUnfolded] = useState(false)
  const id = useId()
  const found = distinct(sources)
  // Keeps the same array while the sources are the same: each chunk of the answer brings a new one.
  const cited = useMemo(() => found, [JSON.stringify(found)])
  const { card, ...pointing } = useCitationCard(cited)

  function goToSource({ target }: MouseEvent): void {
    const number = numberAt(target)
    if (number === undefined) return
    flushSync(() => setUnfolded((before) => before || number > maxFolded))
    document.getElementById(`${id}-${number}`)?.focus()
  }

  return (
    <CitedSources value={cited}>
      {/* Handles all citations by delegation: most of the text is HTML from the server, without handlers. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: the buttons inside take keys */}
      <div className="contents" onClick={goToSource} {...pointing}>
        {children}
        {card}
      </div>
      {!isGrowing && <Chips sources={cited} id={id} isUnfolded={isUnfolded} onUnfold={setUnfolded} />}
    </CitedSources>
  )
}

function numberAt(target: EventTarget | null): number | undefined {
  const mark = target instanceof Element ? markAt(target) : undefined
  return mark && Number(mark.dataset["citation"])
}

/** Shows a card beside the citation that is hovered or focused. The card stays while it is hovered itself. */
function useCitationCard(sources: SourceUrlUIPart[]) {
  const [mark, setMark] = useState<HTMLElement>()
  const afterDelay = useDelayed()
  const source = mark && sources[Number(mark.dataset["citation"]) - 1]

  function point({ target, pointerType }: PointerEvent): void {
    if (pointerType !== "mouse" || !(target instanceof Element)) return
    const isOnCard = target.closest("[popover]") !== null
    afterDelay(() => setMark((before) => (isOnCard ? before : markAt(target))))
  }

  return {
    card: mark && source && (
      <CardAt beside={mark} onClose={() => setMark(undefined)}>
        <About source={source} />
      </CardAt>
    ),
    onPointerOver: point,
    onPointerLeave: () => afterDelay(() => setMark(undefined)),
    onFocus: ({ target }: FocusEvent) => setMark(markAt(target)),
    onBlur: () => setMark(undefined),
  }
}

function markAt(target: Element): HTMLElement | undefined {
  return target.closest<HTMLElement>("[data-citation]") ?? undefined
}

interface ChipsProps {
  sources: SourceUrlUIPart[]
  id: string
  isUnfolded: boolean
  onUnfold(isUnfolded: boolean): void
}

/** Lists the sources by number. Loads no icons, because a request would tell the host what is being read. */
function Chips({ sources, id, isUnfolded, onUnfold }: ChipsProps) {
  if (sources.length === 0) return null
  const isFoldable = sources.length > maxFolded + 1
  const shown = isFoldable && !isUnfolded ? sources.slice(0, maxFolded) : sources
  return (
    <ul
      aria-label={texts.sources(sources.length)}
      data-testid="sources"
      className="mt-2 flex flex-wrap gap-1.5 text-note pointer-coarse:gap-2"
    >
      {shown.map((source, index) => (
        <li key={source.url} className="min-w-0 max-w-full">
          <HoverCard card={<About source={source} />} className="flex">
            <a
              id={`${id}-${index + 1}`}
              href={source.url}
              target="_blank"
              rel="noopener noreferrer nofollow"
              aria-label={texts.source(index + 1, `${titleOf(source)}, ${siteOf(source)}`)}
              className={`max-w-56 ${chip}`}
            >
              <span>{index + 1}</span>
              <span className="truncate text-text">
                {isOwnAddress(source.url) ? titleOf(source) : hostOf(source.url)}
              </span>
            </a>
          </HoverCard>
        </li>
      ))}
      {isFoldable && (
        <li>
          <button type="button" onClick={() => onUnfold(!isUnfolded)} aria-expanded={isUnfolded} className={chip}>
            {isUnfolded ? texts.fewerSources : texts.moreSources(sources.length - maxFolded)}
          </button>
        </li>
      )}
    </ul>
  )
}

const chip =
  "flex min-h-7 items-center gap-1.5 rounded-full bg-soft px-2.5 text-quiet transition-colors duration-150 hover:bg-soft-strong hover:text-text pointer-coarse:min-h-11 pointer-coarse:px-4"

function About({ source }: { source: SourceUrlUIPart }) {
  return (
    <>
      <span className="line-clamp-3 font-medium text-text">{titleOf(source)}</span>
      <span className="mt-0.5 block text-quiet">{siteOf(source)}</span>
      <span className="mt-0.5 line-clamp-2 break-all text-quiet">{source.url}</span>
    </>
  )
}

const maxFolded = 4
/** More sources than anyone reads. */
const maxShown = 100

function distinct(sources: SourceUrlUIPart[]): SourceUrlUIPart[] {
  const byUrl = new Map(
    sources.filter(({ url }) => isWebAddress(url) || isOwnAddress(url)).map((source) => [source.url, source]),
  )
  return [...byUrl.values()].slice(0, maxShown)
}
