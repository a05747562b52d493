import type { Compaction } from "#lib/chat-protocol.ts"
import { Fold } from "../../controls/fold.tsx"
import { LocalTime } from "../../controls/local-time.tsx"
import { texts } from "../../texts.ts"

/** Marks where a summary replaces the messages above for the model, and shows that summary. */
export function CompactionNote({ compaction }: { compaction: Compaction }) {
  const { summary, tokensBefore, tokensAfter, model, createdAt } = compaction
  return (
    <div data-testid="compaction" className="border-line border-b pb-1 print:not-has-[[open]]:hidden">
      <Fold summary={texts.compacted} kind="summary">
        <p className="plain-text max-h-[50dvh] overflow-y-auto">{summary}</p>
        <p className="pt-2 text-quiet">
          {texts.compactedFigures(tokensBefore, tokensAfter, model)}, <LocalTime at={createdAt} />.
        </p>
      </Fold>
    </div>
  )
}
