/**
 * Asks the model and sends its answer as chunks of a UI-message stream, without the end: the producer sends the last
 * chunk, after the last row is stored.
 */

import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { CallWarning, FinishReason, LanguageModelUsage } from "ai"
import { isStepCount, type ModelMessage, streamText, type ToolSet, toUIMessageChunk, type UIMessageChunk } from "ai"
import { type LeftOut, leftOutKinds, type Usage } from "#lib/chat-protocol.ts"
import { ChatError, type ErrorCode } from "#lib/errors.ts"
import { timeLimit } from "#lib/limits/time-limit.ts"
import { directDeltas, isSentDirectly } from "#lib/models/direct-deltas.ts"
import { finishKindOf } from "#lib/models/openai/reader/finish-words.ts"
import { withProgress } from "#lib/models/reported-progress.ts"
import { tokensIn } from "#lib/token-count.ts"
import { isAskingFirst, ReportedError } from "../tools/marks.ts"
import { type AnswerLimits, answerLimits } from "./answer-limits.ts"
import { answerMeter } from "./answer-meter.ts"
import { boundedTools } from "./bounded-tools.ts"
import { chunkCleaner } from "./chunk-cleaner.ts"
import { type OpenParts, openParts } from "./open-parts.ts"
import { codeOfProviderError, isConnectionLost } from "./provider-error.ts"

export interface AnswerRequest {
  model: LanguageModelV4
  instructions: string
  messages: ModelMessage[]
  tools: ToolSet
  /** Fires when a user stops the answer. A browser that goes away never fires it. */
  stopSignal: AbortSignal
  limits?: AnswerLimits
  /** what an earlier generation sent, if the model goes on with it: its open parts are closed at the end */
  joined?: { chunks: UIMessageChunk[]; open: OpenParts } | undefined
  /** called with what a provider or a tool sent and no reader can receive */
  onProblem?: (error: unknown) => void
}

export type AnswerEnd = {
  usage: Usage | undefined
  /** what was left out of the request because the model does not take it */
  leftOut?: LeftOut[]
} /** `waitsForApproval`: the answer goes on after the user has decided on a call */ & (
  | { kind: "complete"; finishReason: FinishReason; waitsForApproval?: boolean }
  | { kind: "stopped" }
  | { kind: "failed"; code: ErrorCode; cause: unknown }
)

/**
 * Sends an answer, chunk by chunk.
 * @returns how it ended, whatever the model, its provider or a tool did
 * @throws only what `send` threw
 */
export async function sendAnswer(request: AnswerRequest, send: (chunk: UIMessageChunk) => void): Promise<AnswerEnd> {
  const { limits = answerLimits, stopSignal, joined } = request
  const tools = boundedTools(request.tools, limits)
  const open = joined?.open ?? openParts()
  const clean = chunkCleaner(request.onProblem, joined?.chunks)
  const reading = new AbortController()
  // The AI SDK's own total limit (7.0.173) is a timer that nothing clears: it would keep the whole answer in memory.
  using limit = timeLimit(limits.totalMs, stopSignal, reading.signal)
  const meter = answerMeter(limits)
  const said = { thoughts: false, words: false }
  let end: AnswerEnd | undefined
  let fault: { error: unknown } | undefined
  let usage: Usage | undefined
  let hasBegun = joined !== undefined
  let waitsForApproval = false
  const leftOut = new Set<LeftOut>()

  function sendCleaned(chunks: UIMessageChunk[]): void {
    if (end || fault) return
    try {
      for (const chunk of chunks) sendFitting(chunk)
    } catch (error) {
      fault = { error }
    }
    end = endOfMeter(meter.exceeded, usage)
    // The answer is over: anything that still arrives is dropped.
    if (end || fault) reading.abort()
  }

  function sendFitting(chunk: UIMessageChunk): void {
    const fitting = meter.fit(chunk)
    if (!fitting) return
    send(open.track(fitting))
    said.thoughts ||= fitting.type === "reasoning-delta"
    said.words ||= (fitting.type === "text-delta" && fitting.delta.trim() !== "") || fitting.type === "file"
    waitsForApproval ||= fitting.type === "tool-approval-request"
  }

  const direct = directDeltas(request.model, (delta) => sendCleaned(clean(delta)))
  try {
    const { stream } = streamText({
      model: direct.model,
      instructions: request.instructions,
      messages: request.messages,
      tools,
      toolApproval: approvalsFor(request.tools),
      stopWhen: isStepCount(limits.steps),
      // The models limit silence themselves: they know what else is a sign of life.
      abortSignal: limit.signal,
      onError: () => undefined, // reported once, by the returned end; the default would print it
    })
    for await (const part of stream) {
      if (part.type === "start-step") for (const kind of leftOutIn(part.warnings)) leftOut.add(kind)
      if (part.type === "finish-step") usage = sumOf(usage, part.usage)
      if (part.type === "error")
        end ??= { kind: "failed", code: codeOfProviderError(part.error), cause: part.error, usage }
      else if (part.type === "abort") end ??= endOfAbort(stopSignal, usage)
      else if (part.type === "finish") end ??= endOfFinish(part.finishReason, part.rawFinishReason, usage)
      else if (part.type !== "start" && end === undefined) {
        const chunk = toUIMessageChunk(part, {
          tools,
          sendSources: true,
          onError: toolErrorText,
          redactToolErrors: true,
        })
        if (!chunk || isSentDirectly(chunk)) continue
        sendCleaned(await clean(withProgress(chunk)))
        direct.follow(chunk)
        hasBegun ||= chunk.type !== "start-step"
      }
    }
  } catch (cause) {
    end ??= stopSignal.aborted
      ? { kind: "stopped", usage }
      : { kind: "failed", code: codeOfProviderError(cause), cause, usage }
  }
  if (fault) throw fault.error
  end ??= { kind: "failed", code: "provider_truncated", cause: undefined, usage }
  for (const chunk of open.closing()) send(chunk)
  const known = { usage, ...(leftOut.size > 0 && { leftOut: [...leftOut] }) }
  if (end.kind === "complete" && waitsForApproval) return { ...end, waitsForApproval, ...known }
  if (end.kind === "complete" && end.finishReason === "stop" && said.thoughts && !said.words && !joined)
    return { kind: "failed", code: "provider_only_thought", cause: undefined, ...known }
  return { ...(hasBegun ? end : endOfSilence(end)), ...known }
}

/** Reads what was left out from the warnings of the model's client (`lib/models/openai/retry-without.ts`). */
function leftOutIn(warnings: CallWarning[]): LeftOut[] {
  return leftOutKinds.filter((kind) => warnings.some((each) => each.type === "unsupported" && each.feature === kind))
}

function approvalsFor(tools: ToolSet): Record<string, "user-approval"> {
  const asking = Object.keys(tools).filter((name) => tools[name] && isAskingFirst(tools[name]))
  return Object.fromEntries(asking.map((name) => [name, "user-approval"]))
}

/** Reports a response that ended normally but without a readable word as unreadable. */
function endOfSilence(end: AnswerEnd): AnswerEnd {
  if (end.kind !== "failed" || end.code !== "provider_truncated" || isConnectionLost(end.cause)) return end
  return { ...end, code: "provider_bad_response" }
}

function endOfAbort(stopSignal: AbortSignal, usage: Usage | undefined): AnswerEnd {
  if (stopSignal.aborted) return { kind: "stopped", usage }
  return { kind: "failed", code: "provider_timeout", cause: undefined, usage }
}

function endOfMeter(exceeded: "chars" | "tool-calls" | undefined, usage: Usage | undefined): AnswerEnd | undefined {
  if (exceeded === "chars") return { kind: "complete", finishReason: "length", usage }
  if (exceeded === "tool-calls") return { kind: "failed", code: "too_many_tool_calls", cause: undefined, usage }
  return undefined
}

/** Tells a cut connection from an unknown finish reason: both reach us as "other". */
function endOfFinish(
  finishReason: FinishReason,
  rawFinishReason: string | undefined,
  usage: Usage | undefined,
): AnswerEnd {
  if (finishReason === "error") return { kind: "failed", code: "provider_unavailable", cause: undefined, usage }
  if (finishReason !== "other") return { kind: "complete", finishReason, usage }
  const known = finishKindOf(rawFinishReason) ?? "broken-off"
  if (known === "broken-off") return { kind: "failed", code: "provider_truncated", cause: undefined, usage }
  return { kind: "complete", finishReason: known, usage }
}

/** Returns a failed tool's message if it is meant for readers; otherwise only that the tool failed. */
export function toolErrorText(error: unknown): string {
  return error instanceof ChatError || error instanceof ReportedError ? error.message : "The tool failed."
}

function sumOf(before: Usage | undefined, step: LanguageModelUsage): Usage {
  return {
    inputTokens: (before?.inputTokens ?? 0) + tokensIn(step.inputTokens),
    outputTokens: (before?.outputTokens ?? 0) + tokensIn(step.outputTokens),
    cachedInputTokens: (before?.cachedInputTokens ?? 0) + tokensIn(step.inputTokenDetails.cacheReadTokens),
    reasoningTokens: (before?.reasoningTokens ?? 0) + tokensIn(step.outputTokenDetails.reasoningTokens),
    estimated: false,
  }
}
