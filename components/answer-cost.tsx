import type { Usage } from "#lib/chat-protocol.ts"
import { texts } from "./texts.ts"

/** What an answer took of its user's credits: one credit a token. */
export function AnswerCost({ usage }: { usage: Usage | undefined }) {
  if (!usage) return null
  const tokens = usage.inputTokens + usage.outputTokens
  if (tokens === 0) return null
  return (
    <span data-testid="answer-cost" title={texts.costDetails(usage)} className="px-2 text-note text-quiet tabular-nums">
      {texts.cost(tokens, usage.estimated)}
    </span>
  )
}
