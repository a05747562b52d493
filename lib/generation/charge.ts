import type { ModelMessage } from "ai"
import type { Usage } from "#lib/chat-protocol.ts"
import { charsPerToken, tokensPerFile } from "./context-budget.ts"
import { countIn } from "./token-count.ts"

/** Of a provider that refused, or failed before its first word: nobody pays for that. */
const nothingUsed: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
}

/** @returns what the provider reported as far as it makes sense; what does not is estimated, and says so */
export function usageOf(
  reported: Usage | undefined,
  prompt: { instructions: string; messages: ModelMessage[] },
  answer: { chars: number; hasFailed: boolean },
): Usage {
  const input = countIn(reported?.inputTokens)
  const output = countIn(reported?.outputTokens)
  const isReported = input !== undefined && output !== undefined && input + output > 0
  if (isReported && reported)
    return { ...detailsOf(reported), inputTokens: input, outputTokens: output, estimated: reported.estimated }
  if (answer.hasFailed && answer.chars === 0) return nothingUsed
  return {
    ...detailsOf(reported),
    inputTokens: input || tokensOfPrompt(prompt),
    outputTokens: output || Math.ceil(answer.chars / charsPerToken),
    estimated: true,
  }
}

function detailsOf(reported: Usage | undefined): Pick<Usage, "cachedInputTokens" | "reasoningTokens"> {
  return {
    cachedInputTokens: countIn(reported?.cachedInputTokens) ?? 0,
    reasoningTokens: countIn(reported?.reasoningTokens) ?? 0,
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
