import { useContext } from "react"
import type { MessageMetadata } from "#lib/chat-protocol.ts"
import { Card } from "../../controls/card.tsx"
import { LocalTime } from "../../controls/local-time.tsx"
import { useAnchor } from "../../controls/use-anchor.ts"
import { texts } from "../../texts.ts"
import { Models } from "./answer-model.tsx"
import { counted } from "./counted-tokens.ts"

/** Shows how many tokens and how much time an answer took, with details on demand. One token costs one credit. */
export function AnswerCost({ metadata }: { metadata: MessageMetadata | undefined }) {
  const card = useAnchor()
  const { usage, tookMs, model } = metadata ?? {}
  const modelName = useContext(Models).find(({ id }) => id === model)?.name ?? model
  if (!usage) return null
  const tokens = usage.inputTokens + usage.outputTokens
  if (tokens === 0) return null
  return (
    <>
      <button
        type="button"
        popoverTarget={card.id}
        style={card.anchor}
        aria-haspopup="dialog"
        data-testid="answer-cost"
        className="min-h-8 rounded-lg px-2 text-note text-quiet transition-colors duration-150 hover:bg-soft hover:text-text pointer-coarse:min-h-11"
      >
        {texts.cost(counted(tokens, usage))}
        {tookMs !== undefined && ` · ${texts.duration(tookMs)}`}
      </button>
      <Card at={card} label={texts.costTitle} testId="answer-costs">
        <dl className="grid grid-cols-[auto_auto] gap-x-6 gap-y-1">
          {rowsOf({ ...metadata, model: modelName }).map(([label, value]) => (
            <div key={label} className="contents">
              <dt className="text-quiet">{label}</dt>
              <dd className="text-end">{value}</dd>
            </div>
          ))}
        </dl>
        {metadata?.createdAt && (
          <p className="mt-2 border-line border-t pt-2 text-quiet">
            <LocalTime at={metadata.createdAt} />
          </p>
        )}
      </Card>
    </>
  )
}

type Shown = Pick<MessageMetadata, "usage" | "tookMs" | "firstWordMs"> & { model: string | undefined }

/** Omits what is unknown or zero. */
function rowsOf({ usage, model, tookMs, firstWordMs }: Shown): [string, string][] {
  if (!usage) return []
  const { costs, number } = texts
  const count = (tokens: number) => counted(tokens, usage)
  const writingMs = tookMs !== undefined && firstWordMs !== undefined ? tookMs - firstWordMs : 0
  const rows: [string, string | false | undefined][] = [
    [costs.model, model],
    [costs.read, count(usage.inputTokens)],
    [costs.cached, usage.cachedInputTokens > 0 && number(usage.cachedInputTokens)],
    [costs.written, count(usage.outputTokens)],
    [costs.thinking, usage.reasoningTokens > 0 && number(usage.reasoningTokens)],
    [costs.credits, count(usage.inputTokens + usage.outputTokens)],
    [costs.took, tookMs !== undefined && texts.duration(tookMs)],
    [costs.firstWord, firstWordMs !== undefined && texts.duration(firstWordMs)],
    [
      costs.pace,
      !usage.estimated &&
        !usage.isLowerBound &&
        writingMs >= shortestMs &&
        costs.perSecond(usage.outputTokens / (writingMs / 1000)),
    ],
  ]
  return rows.flatMap(([label, value]) => (value ? [[label, value] as [string, string]] : []))
}

/** Text that arrived faster came in one piece, so its pace means nothing. */
const shortestMs = 500
