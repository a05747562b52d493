import type { ModelMessage } from "ai"
import type { Usage } from "#lib/chat-protocol.ts"
import { charsPerToken } from "./context-budget.ts"

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
  const promptChars =
    prompt.instructions.length + JSON.stringify(prompt.messages.map((message) => message.content)).length
  return {
    inputTokens: Math.ceil(promptChars / charsPerToken),
    outputTokens: Math.ceil(answer.chars / charsPerToken),
    cachedInputTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  }
}
