import type { SourceUrlUIPart } from "ai"
import { Fold } from "./fold.tsx"
import { hostOf, isWebAddress } from "./safe-link.tsx"
import { texts } from "./texts.ts"

/** What an answer rests on, numbered: one row that opens. */
export function Sources({ sources }: { sources: SourceUrlUIPart[] }) {
  const shown = distinct(sources)
  if (shown.length === 0) return null
  return (
    <Fold
      summary={
        <>
          <span className="shrink-0 text-text">{texts.sources(shown.length)}</span>
          <span className="truncate">{[...new Set(shown.map(({ url }) => hostOf(url)))].slice(0, 4).join(", ")}</span>
        </>
      }
    >
      <ol className="grid gap-0.5">
        {shown.map(({ url, title }, index) => (
          <li key={url}>
            <a
              href={url}
              target="_blank"
              rel="noopener noreferrer nofollow"
              className="-mx-2 flex min-h-8 items-baseline gap-2 rounded-lg px-2 py-1.5 hover:bg-soft pointer-coarse:min-h-11 pointer-coarse:items-center"
            >
              <span className="w-4 shrink-0 text-quiet">{index + 1}</span>
              <span className="truncate">{title || url}</span>
              <span className="ml-auto shrink-0 text-quiet max-md:hidden">{hostOf(url)}</span>
            </a>
          </li>
        ))}
      </ol>
    </Fold>
  )
}

/** More than anybody reads. */
const mostShown = 100

function distinct(sources: SourceUrlUIPart[]): SourceUrlUIPart[] {
  const byUrl = new Map(sources.filter(({ url }) => isWebAddress(url)).map((source) => [source.url, source]))
  return [...byUrl.values()].slice(0, mostShown)
}
