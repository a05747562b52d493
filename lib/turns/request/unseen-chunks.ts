import type { UIMessageChunk } from "ai"
import type { ShownAnswer, ShownPart } from "./decision-request.ts"

/**
 * Filters out the chunks that a stock client already has: it continues its own copy of the answer, and would show
 * repeated parts twice. The answer keeps the id of that copy.
 * @returns a function that takes every chunk of the stream in order, and returns those that are new to the client
 */
export function unseenChunks(shown: ShownAnswer): (chunk: UIMessageChunk) => UIMessageChunk[] {
  let steps = shown.parts.filter(({ type }) => type === "step-start").length
  const written = { text: lengthsOf(shown, "text"), reasoning: lengthsOf(shown, "reasoning") }
  const calls = new Map(shown.parts.flatMap((part) => (part.toolCallId === undefined ? [] : [[part.toolCallId, part]])))
  const approvals = new Map([...calls.values()].map((part) => [part.approval?.id, part]))
  const sources = new Set(shown.parts.map(({ sourceId }) => sourceId))
  const files = new Set(shown.parts.map(({ url }) => url))
  /** characters of a shown part still to be skipped, by the part's id in the stream */
  const toSkip = new Map<string, number>()

  function begin(chunk: Extract<UIMessageChunk, { id: string }>, kind: "text" | "reasoning"): UIMessageChunk[] {
    const length = written[kind].shift()
    if (length === undefined) return [chunk]
    toSkip.set(`${kind} ${chunk.id}`, length)
    return []
  }

  function grow(
    chunk: Extract<UIMessageChunk, { type: "text-delta" | "reasoning-delta" }>,
    kind: "text" | "reasoning",
  ): UIMessageChunk[] {
    const key = `${kind} ${chunk.id}`
    const left = toSkip.get(key)
    if (left === undefined) return [chunk]
    toSkip.set(key, Math.max(0, left - chunk.delta.length))
    const news = chunk.delta.slice(left)
    if (news === "") return []
    // The client has closed its part, so new text needs a part of its own.
    toSkip.delete(key)
    return [
      { type: `${kind}-start`, id: chunk.id },
      { ...chunk, delta: news },
    ]
  }

  const isSettled = (part: ShownPart | undefined) => part?.state?.startsWith("output-") ?? false

  return (chunk) => {
    switch (chunk.type) {
      case "start":
        return [{ ...chunk, messageId: shown.id }]
      case "start-step":
        return steps-- > 0 ? [] : [chunk]
      case "reset-step":
        // The client drops its copy of the step, so all that follows is new to it.
        for (const known of [calls, approvals, sources, files, toSkip]) known.clear()
        for (const lengths of [written.text, written.reasoning]) lengths.length = 0
        return [chunk]
      case "text-start":
        return begin(chunk, "text")
      case "reasoning-start":
        return begin(chunk, "reasoning")
      case "text-delta":
        return grow(chunk, "text")
      case "reasoning-delta":
        return grow(chunk, "reasoning")
      case "text-end":
        return toSkip.delete(`text ${chunk.id}`) ? [] : [chunk]
      case "reasoning-end":
        return toSkip.delete(`reasoning ${chunk.id}`) ? [] : [chunk]
      case "tool-input-start":
      case "tool-input-delta":
      case "tool-input-available":
      case "tool-input-error":
        return calls.has(chunk.toolCallId) ? [] : [chunk]
      case "tool-approval-request":
        return approvals.has(chunk.approvalId) ? [] : [chunk]
      case "tool-approval-response":
        return isSettled(approvals.get(chunk.approvalId)) ? [] : [chunk]
      case "tool-output-available":
      case "tool-output-error":
      case "tool-output-denied":
        return isSettled(calls.get(chunk.toolCallId)) ? [] : [chunk]
      case "source-url":
      case "source-document":
        return sources.has(chunk.sourceId) ? [] : [chunk]
      case "file":
        return files.has(chunk.url) ? [] : [chunk]
      default:
        return [chunk]
    }
  }
}

function lengthsOf(shown: ShownAnswer, type: "text" | "reasoning"): number[] {
  return shown.parts.filter((part) => part.type === type).map(({ text = "" }) => text.length)
}
