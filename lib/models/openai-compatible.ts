import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { Config } from "#lib/config.ts"
import { type ProviderLimits, providerLimits } from "./openai/exchange.ts"
import { openAiModel } from "./openai/model.ts"
import { providerSender } from "./openai/send.ts"
import type { Tick } from "./shared-tick.ts"

type Server = NonNullable<Config["models"]["openAiCompatible"]>

interface ServerOptions {
  /** default: those of `providerLimits` */
  limits?: Partial<ProviderLimits>
  /** the tick that merges deltas; default: no merging */
  tick?: Tick | undefined
}

/**
 * Creates models of any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama, LM Studio, …
 * @param server its base URL is the part before `/chat/completions`, usually ending in `/v1`; without a key none is
 * sent
 */
export function openAiCompatibleModels(
  server: Server,
  options: ServerOptions = {},
): (modelId: string) => LanguageModelV4 {
  const limits = { ...providerLimits, ...options.limits }
  const send = providerSender(server, limits)
  return (modelId) => {
    const omits = (server.omits ?? []).flatMap((omit) => ((omit.modelId ?? modelId) === modelId ? [omit.name] : []))
    return openAiModel(modelId, { send, limits, tick: options.tick, omits })
  }
}
