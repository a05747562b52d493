import type { Artifact } from "#lib/chat-protocol.ts"
import { CopyButton } from "./copy-button.tsx"
import { Fold } from "./fold.tsx"
import { texts } from "./texts.ts"

/** What came along with a message: one row each that opens. As it is, never as Markdown. */
export function Artifacts({ artifacts }: { artifacts: Artifact[] }) {
  if (artifacts.length === 0) return null
  return (
    <div className="w-full max-w-[85%]" data-testid="artifacts">
      {artifacts.map(({ type, content }, index) => (
        <Fold
          key={index}
          summary={
            <>
              <span className="shrink-0 text-text">{typeName(type)}</span>
              <span className="truncate">{firstLine(content)}</span>
              <span className="shrink-0">{texts.lines(lineCount(content))}</span>
            </>
          }
        >
          <figure className="relative rounded-xl bg-soft">
            <figcaption className="flex h-10 items-center justify-between pr-1 pl-4 text-note text-quiet">
              {typeName(type)}
              <CopyButton align="end" text={content} />
            </figcaption>
            {/* Focusable, so that the arrow keys can scroll it. */}
            <pre
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
              tabIndex={0}
              className="max-h-96 overflow-auto px-4 pb-3 font-mono text-[0.8125rem] leading-5"
            >
              {content}
            </pre>
          </figure>
        </Fold>
      ))}
    </div>
  )
}

function typeName(type: string): string {
  return texts.artifactTypes[type] ?? `${type.charAt(0)}${type.slice(1).toLowerCase().replaceAll("_", " ")}`
}

function firstLine(content: string): string {
  return content.slice(0, 2_000).trimStart().split("\n", 1)[0]?.slice(0, 200) ?? ""
}

function lineCount(content: string): number {
  return content.trimEnd().split("\n").length
}
