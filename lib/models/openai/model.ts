import { OpenAICompatibleChatLanguageModel } from "@ai-sdk/openai-compatible"
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamResult } from "@ai-sdk/provider"
import type { Tick } from "../shared-tick.ts"
import { collected } from "./collect.ts"
import { refused } from "./provider-failure.ts"
import { readAnswer } from "./read.ts"
import type { ProviderLimits, Send } from "./send.ts"

interface ModelOptions {
  send: Send
  limits: ProviderLimits
  tick: Tick | undefined
}

/** A model of any server that speaks OpenAI's chat completions, whichever dialect it speaks (`docs/dialects.md`). */
export function openAiModel(modelId: string, { send, limits, tick }: ModelOptions): LanguageModelV4 {
  // What a request says is the library's business; it never sends one.
  const requests = new OpenAICompatibleChatLanguageModel(modelId, {
    provider: "openai-compatible.chat",
    url: ({ path }) => path,
  })
  const habit = { beginsThinking: false }

  async function doStream(call: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { abortSignal: signal, headers } = call
    const { body, warnings } = await requests.prepareRequest(call)
    // Without the options a streamed answer reports no tokens, and none could be charged.
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } }
    const reply = await send({ body: streamed, headers, signal })
    if (reply.kind === "refusal") throw refused(reply)
    const stream = readAnswer(reply, { warnings, habit, tick, limits, signal })
    return { stream, request: { body: streamed }, response: { headers: reply.headers } }
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
