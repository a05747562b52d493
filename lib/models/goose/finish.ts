/**
 * Tells how a prompt ended. Goose says `end_turn` of almost everything, and reports a failure as a text of the answer,
 * which is recognised here: it has the provider's address in it and must never be shown.
 */
import type { LanguageModelV4FinishReason } from "@ai-sdk/provider"
import { ChatError } from "#lib/errors.ts"
import { tokenCount } from "#lib/token-count.ts"
import type { AcpError } from "./peer.ts"
import type { PromptResult } from "./shapes.ts"

/** How texts of Goose's own begin, in 1.50.0. */
export const ownTexts = {
  failure: [
    "Ran into this error:",
    "Ran into this error trying to compact:",
    "Network error:",
    "The model returned an empty response. Please resend your message to continue.",
  ],
  length: ["Response stopped because the model reached its output-token limit"],
  actions: ["I've reached the maximum number of actions I can do without user input."],
} as const

export type OwnText = keyof typeof ownTexts | "unknown"

/** Where Goose numbers a text itself; a provider's own `msg_…` has no hyphens. */
const ownMessageId = /^msg_[0-9a-f]{8}-[0-9a-f]{4}-/

/**
 * Recognises a text of Goose's own. It is one only if it comes last: models write such sentences too.
 * @param text a whole update
 * @param providerNames true if the provider's own ids have been seen in this run, so that Goose's are told apart
 */
export function ownTextIn(
  { text, messageId, isLengthNote }: { text: string; messageId: string | undefined; isLengthNote: boolean },
  providerNames: boolean,
): OwnText | undefined {
  if (isLengthNote) return "length"
  const isOwn = messageId === undefined || ownMessageId.test(messageId)
  if (!isOwn) return undefined
  const begin = text.trimStart()
  for (const kind of ["failure", "length", "actions"] as const)
    if (ownTexts[kind].some((prefix) => begin.startsWith(prefix))) return kind
  return providerNames && messageId !== undefined ? "unknown" : undefined
}

export function isProvidersId(messageId: string | undefined): boolean {
  return messageId !== undefined && !ownMessageId.test(messageId)
}

export type Finish = { reason: LanguageModelV4FinishReason } | { error: ChatError }

/**
 * @param last the text of Goose's own that the answer ended with
 * @param hasSaid true if anything is left to show
 */
export function finishOf(result: PromptResult, last: OwnText | undefined, hasSaid: boolean): Finish {
  const { stopReason, usage } = result
  if (last === "failure") return { error: new ChatError("agent_reported_error") }
  if (last === "length" || stopReason === "max_tokens") return { reason: { unified: "length", raw: stopReason } }
  if (last === "actions" || stopReason === "max_turn_requests")
    return { reason: { unified: "tool-calls", raw: "max_turn_requests" } }
  if (stopReason === "refusal") return { reason: { unified: "content-filter", raw: stopReason } }
  if (stopReason === "cancelled") return { error: new ChatError("agent_disconnected") }
  // A provider whose stream was cut is told by nothing else; a context that is too long by the missing text.
  if (!usage) return { error: new ChatError("provider_truncated") }
  if (!hasSaid) return { error: new ChatError("agent_reported_error") }
  return { reason: { unified: "stop", raw: stopReason } }
}

/** Names what a refused prompt means for the user. Goose's own words are left out. */
export function refusalOf(error: Pick<AcpError, "code">): ChatError {
  // The provider refused the key, or has no credits left: trying again does not help.
  const isProviders = error.code === -32000 || error.code === -32603
  return new ChatError(isProviders ? "provider_refused" : "agent_unavailable")
}

/**
 * Reads the usage, which is at best that of the last of the run's provider calls, hence a lower bound.
 * @param before what Goose reported before this prompt: it repeats that where it knows nothing new
 */
export function usageOf({ usage }: Pick<PromptResult, "usage">, before: number | undefined) {
  const isNew = usage !== null && usage !== undefined && tokenCount(usage.totalTokens) !== before
  const input = isNew ? tokenCount(usage.inputTokens) : undefined
  const output = isNew ? tokenCount(usage.outputTokens) : undefined
  return {
    inputTokens: { total: input, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: output, text: undefined, reasoning: undefined },
    raw: { isLowerBound: true },
  }
}
