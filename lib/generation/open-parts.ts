import type { UIMessageChunk } from "ai"

/**
 * Knows which parts of an answer are begun and not ended, so that an answer that breaks off leaves none open:
 * an open part would be shown as still being written, for ever.
 */
export function openParts(): { follow(chunk: UIMessageChunk): UIMessageChunk; closing(): Generator<UIMessageChunk> } {
  const open = new Map<string, UIMessageChunk>()

  return {
    follow(chunk) {
      switch (chunk.type) {
        case "text-start":
          open.set(`text ${chunk.id}`, { type: "text-end", id: chunk.id })
          break
        case "reasoning-start":
          open.set(`reasoning ${chunk.id}`, { type: "reasoning-end", id: chunk.id })
          break
        case "text-end":
          open.delete(`text ${chunk.id}`)
          break
        case "reasoning-end":
          open.delete(`reasoning ${chunk.id}`)
          break
        case "tool-input-start":
        case "tool-input-available":
          open.set(`tool ${chunk.toolCallId}`, {
            type: "tool-output-error",
            toolCallId: chunk.toolCallId,
            errorText: "Ended before the tool was done.",
            ...(chunk.dynamic === undefined ? {} : { dynamic: chunk.dynamic }),
          })
          break
        case "tool-output-available":
          if (!chunk.preliminary) open.delete(`tool ${chunk.toolCallId}`)
          break
        case "tool-input-error":
        case "tool-output-error":
        case "tool-output-denied":
        case "tool-approval-request":
          open.delete(`tool ${chunk.toolCallId}`)
          break
      }
      return chunk
    },
    *closing() {
      yield* open.values()
      open.clear()
    },
  }
}
