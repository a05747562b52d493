import { FileText } from "lucide-react"
import { useMemo } from "react"
import type { Artifact } from "#lib/chat-protocol.ts"
import { firstLineOf } from "#lib/text.ts"
import { filenameFor, kindOf, languageOfArtifact } from "../panel/panel-item.ts"
import { useOpenInPanel } from "../panel/panel-store.ts"
import { texts } from "../texts.ts"

/** Lists the attached texts of a message; each opens in the panel. */
export function Artifacts({ artifacts }: { artifacts: Artifact[] }) {
  if (artifacts.length === 0) return null
  return (
    <ul className="-me-2 flex w-full max-w-[85%] flex-col items-end" data-testid="artifacts">
      {artifacts.map((artifact, index) => (
        <li key={index} className="max-w-full">
          <ArtifactRow {...artifact} />
        </li>
      ))}
    </ul>
  )
}

function ArtifactRow({ type, content }: Artifact) {
  const title = typeName(type)
  const language = useMemo(() => languageOfArtifact(type, content), [type, content])
  const open = useOpenInPanel({
    title,
    kind: kindOf(language),
    language,
    filename: filenameFor(type.toLowerCase(), language),
    content: { text: content },
  })
  return (
    <button type="button" onClick={open} disabled={!open} data-testid="artifact" className={rowClass}>
      <FileText aria-hidden size={15} strokeWidth={1.75} className="shrink-0" />
      <span className="shrink-0 text-text">{title}</span>
      <span className="truncate">{firstLineOf(content, 200)}</span>
      <span className="shrink-0">{texts.lines(lineCount(content))}</span>
    </button>
  )
}

/** Style of a row that opens; attached files use it, too. */
export const rowClass =
  "flex min-h-8 max-w-full items-center gap-2 rounded-lg px-2 text-note text-quiet transition-colors duration-150 enabled:hover:bg-soft enabled:hover:text-text pointer-coarse:min-h-11"

function typeName(type: string): string {
  return texts.artifactTypes[type] ?? `${type.charAt(0)}${type.slice(1).toLowerCase().replaceAll("_", " ")}`
}

function lineCount(content: string): number {
  return content.trimEnd().split("\n").length
}
