import type { ModelMessage } from "ai"
import type { Usage } from "#lib/chat-protocol.ts"
import { charsPerToken } from "./context-budget.ts"

/** @returns what the provider reported, or an estimate that says it is one */
export function usageOf(
  reported: Usage | undefined,
  prompt: { instructions: string; messages: ModelMessage[] },
  answerChars: number,
): Usage {
  if (reported && reported.inputTokens + reported.outputTokens > 0) return reported
  const promptChars =
    prompt.instructions.length + JSON.stringify(prompt.messages.map((message) => message.content)).length
  return {
    inputTokens: Math.ceil(promptChars / charsPerToken),
    outputTokens: Math.ceil(answerChars / charsPerToken),
    cachedInputTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  }
}
