import type { UIMessageChunk } from "ai"
import { ChatError } from "#lib/errors.ts"
import { beginningOf } from "../text.ts"
import type { AnswerLimits } from "./answer-limits.ts"
import { isTooLarge } from "./bounded-tools.ts"

export interface AnswerMeter {
  /** Counts a chunk. @returns it as far as it fits; undefined where nothing of it does */
  fit(chunk: UIMessageChunk): UIMessageChunk | undefined
  /** what of the answer is more than it may have */
  readonly isOver: "chars" | "tool-calls" | undefined
}

/** Watches how large an answer grows, so that none can fill a row, a log or a browser. */
export function answerMeter(limits: Pick<AnswerLimits, "answerChars" | "toolCalls" | "toolOutputChars">): AnswerMeter {
  const toolCallIds = new Set<string>()
  let leftChars = limits.answerChars
  let isOver: AnswerMeter["isOver"]

  function cut(text: string): string {
    if (text.length <= leftChars) {
      leftChars -= text.length
      return text
    }
    isOver = "chars"
    const fitting = beginningOf(text, leftChars)
    leftChars = 0
    return fitting
  }

  function countToolCall(toolCallId: string): boolean {
    toolCallIds.add(toolCallId)
    if (toolCallIds.size <= limits.toolCalls) return true
    isOver = "tool-calls"
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
        return isTooLarge(chunk.output, limits.toolOutputChars) ? tooLarge(chunk) : chunk
      default:
        return chunk
    }
  }

  return {
    fit,
    get isOver() {
      return isOver
    },
  }
}

/** Our own tools are held to the limit where they run; this is for those that run at the provider's. */
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
