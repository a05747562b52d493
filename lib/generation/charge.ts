import type { ModelMessage } from "ai"
import type { Usage } from "#lib/chat-protocol.ts"
import { charsPerToken, tokensPerFile } from "./context-budget.ts"

/** Of a provider that refused, or failed before its first word: nobody pays for that. */
const nothingUsed: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
}

/** @returns what the provider reported, or an estimate that says it is one */
export function usageOf(
  reported: Usage | undefined,
  prompt: { instructions: string; messages: ModelMessage[] },
  answer: { chars: number; hasFailed: boolean },
): Usage {
  if (reported && reported.inputTokens + reported.outputTokens > 0) return reported
  if (answer.hasFailed && answer.chars === 0) return nothingUsed
  let files = 0
  const withoutBytes = (_name: string, value: unknown) => {
    if (typeof value !== "object" || value === null || !("type" in value) || value.type !== "file") return value
    files++
    return undefined
  }
  const content = JSON.stringify(
    prompt.messages.map((message) => message.content),
    withoutBytes,
  )
  const promptChars = prompt.instructions.length + content.length
  return {
    inputTokens: Math.ceil(promptChars / charsPerToken) + files * tokensPerFile,
    outputTokens: Math.ceil(answer.chars / charsPerToken),
    cachedInputTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  }
}
