import type { JSONObject, LanguageModelV4Usage } from "@ai-sdk/provider"
import { tokenCount } from "#lib/token-count.ts"
import { isObject, type JsonObject, objectOf } from "./wire-json.ts"

/** Token counts as a provider reports them, cleaned; some report in pieces. */
export interface ReportedUsage {
  promptTokens: number | undefined
  completionTokens: number | undefined
  cachedTokens: number | undefined
  reasoningTokens: number | undefined
  raw: JsonObject
}

/**
 * Reads a chunk's usage from any of its places: `usage` (most servers), `choices[0].usage` (Moonshot), `x_groq.usage`
 * (Groq), `timings` (llama.cpp's server).
 * @returns undefined if there is none, or it makes no sense: the tokens are then estimated
 */
export function usageIn(chunk: JsonObject, choice: JsonObject): ReportedUsage | undefined {
  for (const usage of [chunk["usage"], choice["usage"], objectOf(chunk["x_groq"])["usage"]]) {
    const reported = isObject(usage) ? usageFrom(usage) : undefined
    if (reported) return reported
  }
  return isObject(chunk["timings"]) ? usageOfTimings(chunk["timings"]) : undefined
}

/** Merges two reports: the later one counts, and keeps what only the earlier one has. */
export function joinedUsage(before: ReportedUsage | undefined, after: ReportedUsage): ReportedUsage {
  return {
    promptTokens: after.promptTokens ?? before?.promptTokens,
    completionTokens: after.completionTokens ?? before?.completionTokens,
    cachedTokens: after.cachedTokens ?? before?.cachedTokens,
    reasoningTokens: after.reasoningTokens ?? before?.reasoningTokens,
    raw: { ...before?.raw, ...after.raw },
  }
}

function usageFrom(usage: JsonObject): ReportedUsage | undefined {
  const prompt = firstOf(usage, "prompt_tokens", "input_tokens")
  const completion = firstOf(usage, "completion_tokens", "output_tokens")
  const total = tokenCount(usage["total_tokens"])
  const promptTokens = prompt === undefined ? restOf(total, completion) : tokenCount(prompt)
  const completionTokens = completion === undefined ? restOf(total, prompt) : tokenCount(completion)
  // A nonsensical number makes the whole report doubtful.
  if (prompt !== undefined && promptTokens === undefined) return undefined
  if (completion !== undefined && completionTokens === undefined) return undefined
  // Zero tokens mean that the server has not counted yet.
  if (!promptTokens && !completionTokens) return undefined
  const promptDetails = objectOf(usage["prompt_tokens_details"] ?? usage["input_tokens_details"])
  const completionDetails = objectOf(usage["completion_tokens_details"] ?? usage["output_tokens_details"])
  // Most servers put cached tokens into the details; DeepSeek and Moonshot do not.
  const cached = tokenCount(
    promptDetails["cached_tokens"] ?? usage["prompt_cache_hit_tokens"] ?? usage["cached_tokens"],
  )
  return {
    promptTokens,
    completionTokens,
    cachedTokens: cached !== undefined && cached <= (promptTokens ?? 0) ? cached : undefined,
    reasoningTokens: tokenCount(completionDetails["reasoning_tokens"] ?? usage["reasoning_tokens"]),
    raw: usage,
  }
}

function restOf(total: number | undefined, other: unknown): number | undefined {
  const counted = tokenCount(other)
  return total === undefined || counted === undefined ? undefined : tokenCount(total - counted)
}

function firstOf(usage: JsonObject, ...names: string[]): unknown {
  return names.map((name) => usage[name]).find((value) => value !== undefined && value !== null)
}

function usageOfTimings(timings: JsonObject): ReportedUsage | undefined {
  const cachedTokens = tokenCount(timings["cache_n"]) ?? 0
  const evaluated = tokenCount(timings["prompt_n"])
  const completionTokens = tokenCount(timings["predicted_n"])
  if (evaluated === undefined || !completionTokens) return undefined
  const promptTokens = evaluated + cachedTokens
  return { promptTokens, completionTokens, cachedTokens, reasoningTokens: undefined, raw: timings }
}

export function modelUsage(reported: ReportedUsage | undefined): LanguageModelV4Usage {
  const {
    promptTokens = reported && 0,
    completionTokens = reported && 0,
    cachedTokens,
    reasoningTokens,
  } = reported ?? {}
  return {
    inputTokens: {
      total: promptTokens,
      noCache: promptTokens === undefined ? undefined : promptTokens - (cachedTokens ?? 0),
      cacheRead: cachedTokens,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: completionTokens,
      // Some servers include thoughts in the completion tokens, some do not.
      text: completionTokens === undefined ? undefined : Math.max(0, completionTokens - (reasoningTokens ?? 0)),
      reasoning: reasoningTokens,
    },
    ...(reported && { raw: reported.raw as JSONObject }), // parsed from JSON
  }
}
