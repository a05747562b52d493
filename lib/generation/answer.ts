/**
 * The model's answer as chunks of a UI-message stream, up to the point where it ends. How it ended is the generator's
 * return value: nothing is thrown, and the chunk that tells readers is the producer's to send, after the last row.
 */

import type { FinishReason, LanguageModelUsage } from "ai"
import {
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  streamText,
  type ToolSet,
  toUIMessageChunk,
  type UIMessageChunk,
} from "ai"
import type { Usage } from "#lib/chat-protocol.ts"
import { ChatError, type ErrorCode } from "#lib/errors.ts"
import { openParts } from "./open-parts.ts"
import { codeOfProviderError } from "./provider-error.ts"

/** A model that sends nothing for this long is given up. */
const silenceMs = 60_000
/** The longest an answer may take, tools included. */
const totalMs = 15 * 60_000
/** Model calls in one answer: the first and one after each round of tools. */
const maxSteps = 8

export interface AnswerRequest {
  model: LanguageModel
  instructions: string
  messages: ModelMessage[]
  tools: ToolSet
  /** fires when somebody stops the answer; a browser that goes away is none of its business */
  stopSignal: AbortSignal
}

export type AnswerEnd = { usage: Usage | undefined } & (
  | { kind: "complete"; finishReason: FinishReason }
  | { kind: "stopped" }
  | { kind: "failed"; code: ErrorCode; cause: unknown }
)

export async function* answerChunks(request: AnswerRequest): AsyncGenerator<UIMessageChunk, AnswerEnd> {
  const open = openParts()
  let end: AnswerEnd | undefined
  let usage: Usage | undefined
  try {
    const { stream } = streamText({
      model: request.model,
      instructions: request.instructions,
      messages: request.messages,
      tools: request.tools,
      stopWhen: isStepCount(maxSteps),
      abortSignal: request.stopSignal,
      timeout: { chunkMs: silenceMs, firstChunkMs: silenceMs, totalMs },
      onError: () => undefined, // told once, by the end we return; the default would print it
    })
    for await (const part of stream) {
      if (part.type === "finish-step") usage = sumOf(usage, part.usage)
      if (part.type === "error")
        end ??= { kind: "failed", code: codeOfProviderError(part.error), cause: part.error, usage }
      else if (part.type === "abort") end ??= endOfAbort(request.stopSignal, usage)
      else if (part.type === "finish") end ??= endOfFinish(part.finishReason, part.rawFinishReason, usage)
      else if (part.type !== "start" && end === undefined) {
        const chunk = toUIMessageChunk(part, {
          tools: request.tools,
          sendSources: true,
          onError: toolErrorText,
          redactToolErrors: true,
        })
        if (chunk) yield open.follow(chunk)
      }
    }
  } catch (cause) {
    end ??= request.stopSignal.aborted
      ? { kind: "stopped", usage }
      : { kind: "failed", code: codeOfProviderError(cause), cause, usage }
  }
  yield* open.closing()
  return { ...(end ?? { kind: "failed", code: "provider_truncated", cause: undefined }), usage }
}

function endOfAbort(stopSignal: AbortSignal, usage: Usage | undefined): AnswerEnd {
  if (stopSignal.aborted) return { kind: "stopped", usage }
  return { kind: "failed", code: "provider_timeout", cause: undefined, usage }
}

/** A connection that is cut looks like a finish for no reason. */
function endOfFinish(
  finishReason: FinishReason,
  rawFinishReason: string | undefined,
  usage: Usage | undefined,
): AnswerEnd {
  if (finishReason === "error") return { kind: "failed", code: "provider_unavailable", cause: undefined, usage }
  if (finishReason === "other" && rawFinishReason === undefined)
    return { kind: "failed", code: "provider_truncated", cause: undefined, usage }
  return { kind: "complete", finishReason, usage }
}

/** A tool of ours says what went wrong in a ChatError's words or not at all. */
export function toolErrorText(error: unknown): string {
  return error instanceof ChatError ? error.message : "The tool failed."
}

function sumOf(before: Usage | undefined, step: LanguageModelUsage): Usage {
  return {
    inputTokens: (before?.inputTokens ?? 0) + (step.inputTokens ?? 0),
    outputTokens: (before?.outputTokens ?? 0) + (step.outputTokens ?? 0),
    cachedInputTokens: (before?.cachedInputTokens ?? 0) + (step.inputTokenDetails.cacheReadTokens ?? 0),
    reasoningTokens: (before?.reasoningTokens ?? 0) + (step.outputTokenDetails.reasoningTokens ?? 0),
    estimated: false,
  }
}
