import { OpenAICompatibleChatLanguageModel } from "@ai-sdk/openai-compatible"
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamResult } from "@ai-sdk/provider"
import type { Tick } from "../shared-tick.ts"
import type { ProviderLimits, Send } from "./exchange.ts"
import { collected } from "./reader/collect.ts"
import { readAnswer } from "./reader/read.ts"
import type { ThinkingHabit } from "./reader/think-tags.ts"
import type { Change } from "./refusal-words.ts"
import { retryingWithout } from "./retry-without.ts"

interface ModelOptions {
  send: Send
  limits: ProviderLimits
  tick: Tick | undefined
  /** left out of every request */
  omits: readonly Change[]
}

/** Creates a model of any server that speaks OpenAI's chat completions in any dialect (`docs/dialects.md`). */
export function openAiModel(modelId: string, { send, limits, tick, omits }: ModelOptions): LanguageModelV4 {
  // The library only builds requests; it never sends one.
  const requests = new OpenAICompatibleChatLanguageModel(modelId, {
    provider: "openai-compatible.chat",
    url: ({ path }) => path,
  })
  const habit: ThinkingHabit = { beginsThinking: false }
  const ask = retryingWithout({ prepare: (call) => requests.prepareRequest(call), send, omits, habit })

  async function doStream(call: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { reply, body, warnings } = await ask(call)
    const stream = readAnswer(reply, { warnings, habit, tick, limits, signal: call.abortSignal })
    return { stream, request: { body }, response: { headers: reply.headers } }
  }

  return {
    specificationVersion: "v4",
    provider: requests.provider,
    modelId,
    supportedUrls: requests.supportedUrls,
    doStream,
    doGenerate: async (call) => collected(await doStream(call)),
  }
}
