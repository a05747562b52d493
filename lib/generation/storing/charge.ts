import type { ModelMessage } from "ai"
import type { Usage } from "#lib/chat-protocol.ts"
import { tokenCount } from "#lib/token-count.ts"
import { charsPerToken, tokensPerFile } from "../../prompt/context-budget.ts"

/** For what is never charged, such as a provider that refused, or failed before the first word or call. */
const nothingUsed: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
}

/**
 * Returns the usage that the provider reported if it makes sense, otherwise a marked estimate.
 * @param answer `isReportedLater`: an agent's run waits for a decision, and is charged with what it reports at its end
 */
export function usageOf(
  reported: Usage | undefined,
  prompt: { instructions: string; messages: ModelMessage[] },
  answer: { chars: number; isLost: boolean; isReportedLater?: boolean },
): Usage {
  if (answer.isLost) return nothingUsed
  const input = tokenCount(reported?.inputTokens)
  const output = tokenCount(reported?.outputTokens)
  const isReported = input !== undefined && output !== undefined && input + output > 0
  if (isReported && reported)
    return { ...detailsOf(reported), inputTokens: input, outputTokens: output, estimated: reported.estimated }
  if (answer.isReportedLater) return nothingUsed
  return {
    ...detailsOf(reported),
    inputTokens: input || tokensOfPrompt(prompt),
    outputTokens: output || Math.ceil(answer.chars / charsPerToken),
    estimated: true,
  }
}

function detailsOf(reported: Usage | undefined): Pick<Usage, "cachedInputTokens" | "reasoningTokens"> {
  return {
    cachedInputTokens: tokenCount(reported?.cachedInputTokens) ?? 0,
    reasoningTokens: tokenCount(reported?.reasoningTokens) ?? 0,
  }
}

function tokensOfPrompt({ instructions, messages }: { instructions: string; messages: ModelMessage[] }): number {
  let files = 0
  const withoutBytes = (_name: string, value: unknown) => {
    if (typeof value === "bigint") return String(value)
    if (typeof value !== "object" || value === null || !("type" in value) || value.type !== "file") return value
    files++
    return undefined
  }
  const content = JSON.stringify(
    messages.map((message) => message.content),
    withoutBytes,
  )
  return Math.ceil((instructions.length + content.length) / charsPerToken) + files * tokensPerFile
}
