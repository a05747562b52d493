import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { Config } from "#lib/config.ts"
import { fetchWithin } from "./fetch-within.ts"

type Server = NonNullable<Config["models"]["openAiCompatible"]>

/**
 * Models of any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama, LM Studio, …
 * @param server the base URL ends where `/chat/completions` begins, usually with `/v1`; without a key none is sent
 */
export function openAiCompatibleModels(server: Server, fetch = fetchWithin()): (modelId: string) => LanguageModelV4 {
  const provider = createOpenAICompatible({
    name: "openai-compatible",
    baseURL: server.baseUrl,
    ...(server.apiKey ? { apiKey: server.apiKey } : {}),
    // Without it a streamed answer reports no tokens, and none could be charged.
    includeUsage: true,
    fetch,
  })
  return (modelId) => provider.chatModel(modelId)
}
