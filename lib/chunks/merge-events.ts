import type { UIMessageChunk } from "ai"
import type { StreamEvent } from "#lib/chat-protocol.ts"

/**
 * Joins neighbouring deltas of one part (text, reasoning, or a tool's input) into one, under the id of the last of
 * them, and leaves out a call's progress that its neighbour replaces. The result builds the same message.
 *
 * Only neighbours are joined: a reader at an id has every event before it. A delta moved behind another part's event
 * would be lost to a reader that disconnects between the two.
 */
export function mergeEvents(events: Iterable<StreamEvent>): StreamEvent[] {
  const merged: StreamEvent[] = []
  for (const event of events) {
    const previous = merged.at(-1)
    const chunk = previous && joined(previous.chunk, event.chunk)
    if (chunk) merged[merged.length - 1] = { id: event.id, chunk }
    else merged.push(event)
  }
  return merged
}

/** Finds where a slice ends that begins at this index and has about so many characters of deltas, and any event. */
export function endOfSlice(events: readonly StreamEvent[], from: number, until: number, chars: number): number {
  let end = from
  for (let left = chars; end < until && left > 0; end++) left -= lengthOf(events[end]?.chunk)
  return end
}

/** Counts the characters of a delta; other chunks are counted as long enough to bound their number. */
function lengthOf(chunk: UIMessageChunk | undefined): number {
  switch (chunk?.type) {
    case "text-delta":
    case "reasoning-delta":
      return chunk.delta.length
    case "tool-input-delta":
      return chunk.inputTextDelta.length
    default:
      return 1_000
  }
}

/** Joins two deltas. @returns undefined if they are not deltas of one part */
function joined(first: UIMessageChunk, second: UIMessageChunk): UIMessageChunk | undefined {
  switch (second.type) {
    case "text-delta":
    case "reasoning-delta": {
      if (first.type !== second.type || first.id !== second.id) return undefined
      // Matches the AI SDK: the latest providerMetadata counts, and a delta without one keeps the previous.
      const providerMetadata = second.providerMetadata ?? first.providerMetadata
      return { ...second, delta: first.delta + second.delta, ...(providerMetadata && { providerMetadata }) }
    }
    case "tool-input-delta":
      if (first.type !== second.type || first.toolCallId !== second.toolCallId) return undefined
      return { ...second, inputTextDelta: first.inputTextDelta + second.inputTextDelta }
    case "tool-output-available":
      // Each output replaces the ones that reported the call's progress.
      if (first.type !== second.type || first.toolCallId !== second.toolCallId || !first.preliminary) return undefined
      return second
    default:
      return undefined
  }
}
