import type { UIMessageChunk } from "ai"
import type { ShownAnswer, ShownPart } from "./decision-request.ts"

/**
 * Leaves out of an answer's chunks what a stock client has already: it continues its own copy of the answer, and would
 * show each part that it is sent again a second time. The answer keeps the id it has there.
 * @returns to be given each chunk of the stream from its first, in order; gives those that are news
 */
export function unseenChunks(shown: ShownAnswer): (chunk: UIMessageChunk) => UIMessageChunk[] {
  let steps = shown.parts.filter(({ type }) => type === "step-start").length
  const written = { text: lengthsOf(shown, "text"), reasoning: lengthsOf(shown, "reasoning") }
  const calls = new Map(shown.parts.flatMap((part) => (part.toolCallId === undefined ? [] : [[part.toolCallId, part]])))
  const approvals = new Map([...calls.values()].map((part) => [part.approval?.id, part]))
  const sources = new Set(shown.parts.map(({ sourceId }) => sourceId))
  const files = new Set(shown.parts.map(({ url }) => url))
  /** characters of a shown part that are still to be passed over, by the part's id in the stream */
  const passedOver = new Map<string, number>()

  function begin(chunk: Extract<UIMessageChunk, { id: string }>, kind: "text" | "reasoning"): UIMessageChunk[] {
    const length = written[kind].shift()
    if (length === undefined) return [chunk]
    passedOver.set(`${kind} ${chunk.id}`, length)
    return []
  }

  function grow(
    chunk: Extract<UIMessageChunk, { type: "text-delta" | "reasoning-delta" }>,
    kind: "text" | "reasoning",
  ): UIMessageChunk[] {
    const key = `${kind} ${chunk.id}`
    const left = passedOver.get(key)
    if (left === undefined) return [chunk]
    passedOver.set(key, Math.max(0, left - chunk.delta.length))
    const news = chunk.delta.slice(left)
    if (news === "") return []
    // The client has closed its part: what is added to it becomes one of its own.
    passedOver.delete(key)
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
      case "text-start":
        return begin(chunk, "text")
      case "reasoning-start":
        return begin(chunk, "reasoning")
      case "text-delta":
        return grow(chunk, "text")
      case "reasoning-delta":
        return grow(chunk, "reasoning")
      case "text-end":
        return passedOver.delete(`text ${chunk.id}`) ? [] : [chunk]
      case "reasoning-end":
        return passedOver.delete(`reasoning ${chunk.id}`) ? [] : [chunk]
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
