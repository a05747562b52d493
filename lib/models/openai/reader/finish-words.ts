import type { LanguageModelV4FinishReason } from "@ai-sdk/provider"

/** How an answer ended, by the provider's finish reason. "broken-off": incomplete, whatever its content. */
export type FinishKind =
  | Extract<LanguageModelV4FinishReason["unified"], "stop" | "length" | "content-filter" | "tool-calls">
  | "broken-off"

/** Values that mean "no reason yet"; some servers send one with every chunk. */
const none = new Set(["", "null", "none", "finish_reason_unspecified"])

/** All known finish reasons in lower case, with the servers that send them. */
const kinds: Record<Exclude<FinishKind, "broken-off">, string[]> = {
  stop: [
    "stop", // OpenAI, and nearly everybody; in capitals Gemini and Vertex AI
    "eos", // Together AI
    "eos_token", // Text Generation Inference
    "stop_sequence", // Text Generation Inference, Anthropic's words through proxies, Cohere
    "end_turn", // Anthropic's words through proxies
    "complete", // Cohere
    "completed", // words of OpenAI's Responses through proxies
  ],
  length: [
    "length",
    "max_tokens", // Anthropic's words through proxies, Gemini and Cohere in capitals
    "max_output_tokens", // words of OpenAI's Responses through proxies
    "max_length",
    "max_completion_tokens",
    "model_length", // Mistral
    "model_context_window_exceeded", // Anthropic's words through proxies, Z.ai
    "context_length_exceeded",
    "error_limit", // Cohere
    "token_limit",
  ],
  "content-filter": [
    "content_filter", // OpenAI, Azure
    "content_filtered", // Bedrock through proxies
    "guardrail_intervened", // Bedrock through proxies
    "guardrails",
    "safety", // these eight: Gemini, Vertex AI
    "recitation",
    "language",
    "blocklist",
    "prohibited_content",
    "spii",
    "image_safety",
    "model_armor",
    "sensitive", // Z.ai
    "refusal", // Anthropic's words through proxies
    "error_toxic", // Cohere
    "moderation",
  ],
  "tool-calls": [
    "tool_calls",
    "function_call", // OpenAI until 2023
    "tool_use", // Anthropic's words through proxies
    "tool_call", // Cohere
  ],
}

const kindByWord = new Map(
  Object.entries(kinds).flatMap(([kind, words]) => words.map((word) => [word, kind as FinishKind] as const)),
)

/**
 * Classifies a finish reason.
 * @param word as received: of any type, in any case
 * @returns undefined if there is none. An unknown word counts as broken off: `error` (Mistral, OpenRouter), `abort`
 * (vLLM, SGLang), `network_error` (Z.ai), `insufficient_system_resource` (DeepSeek), `malformed_function_call` (Gemini)
 * …
 */
export function finishKindOf(word: unknown): FinishKind | undefined {
  const normal = normalWord(word)
  return normal === undefined ? undefined : (kindByWord.get(normal) ?? "broken-off")
}

/** Normalises a finish reason. @returns undefined if there is none */
export function normalWord(word: unknown): string | undefined {
  if (typeof word !== "string") return undefined
  const normal = word
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_")
    .replace(/^finish_reason_(?!unspecified)/, "")
  return none.has(normal) ? undefined : normal
}
