import type { UIMessageChunk } from "ai"
import { ChatError } from "#lib/errors.ts"
import { beginningOf } from "../text.ts"
import type { AnswerLimits } from "./answer-limits.ts"
import { isTooLarge } from "./bounded-tools.ts"

export interface AnswerMeter {
  /** Counts a chunk. @returns the part of it that fits; undefined if none of it does */
  fit(chunk: UIMessageChunk): UIMessageChunk | undefined
  /** the limit that the answer has exceeded */
  readonly exceeded: "chars" | "tool-calls" | undefined
}

/** Measures an answer as it grows, so that none can fill a row, a log or a browser. */
export function answerMeter(limits: Pick<AnswerLimits, "answerChars" | "toolCalls" | "toolOutputChars">): AnswerMeter {
  const toolCallIds = new Set<string>()
  let leftChars = limits.answerChars
  let exceeded: AnswerMeter["exceeded"]

  function cut(text: string): string {
    if (text.length <= leftChars) {
      leftChars -= text.length
      return text
    }
    exceeded = "chars"
    const fitting = beginningOf(text, leftChars)
    leftChars = 0
    return fitting
  }

  function countToolCall(toolCallId: string): boolean {
    toolCallIds.add(toolCallId)
    if (toolCallIds.size <= limits.toolCalls) return true
    exceeded = "tool-calls"
    return false
  }

  function fit(chunk: UIMessageChunk): UIMessageChunk | undefined {
    switch (chunk.type) {
      case "text-delta":
      case "reasoning-delta":
        return { ...chunk, delta: cut(chunk.delta) }
      case "tool-input-delta":
        return { ...chunk, inputTextDelta: cut(chunk.inputTextDelta) }
      case "tool-input-start":
      case "tool-input-available":
      case "tool-input-error":
        return countToolCall(chunk.toolCallId) ? chunk : undefined
      case "tool-output-available":
        if (!isTooLarge(chunk.output, limits.toolOutputChars)) return chunk
        // The call goes on, and its result may still fit.
        return chunk.preliminary ? undefined : tooLarge(chunk)
      default:
        return chunk
    }
  }

  return {
    fit,
    get exceeded() {
      return exceeded
    },
  }
}

/** Replaces an output of a tool that the provider ran. Our own tools are held to the limit where they run. */
function tooLarge(chunk: Extract<UIMessageChunk, { type: "tool-output-available" }>): UIMessageChunk {
  const { toolCallId, dynamic, providerExecuted } = chunk
  return {
    type: "tool-output-error",
    toolCallId,
    errorText: new ChatError("tool_output_too_large").message,
    ...(dynamic === undefined ? {} : { dynamic }),
    ...(providerExecuted === undefined ? {} : { providerExecuted }),
  }
}
