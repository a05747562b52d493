/** Joins an answer to the run that goes on writing it elsewhere, so that nothing is asked or said twice. */
import type { UIMessageChunk } from "ai"
import type { Beginning } from "../beginning.ts"

/**
 * Lists the chunks of the answer so far, if its run is to be joined: the producer died, or the user has decided on the
 * calls that waited. An answer that broke off otherwise has no run any more.
 */
export function chunksToJoin(beginning: Beginning): UIMessageChunk[] | undefined {
  if (beginning.kind !== "takes-over" && !(beginning.kind === "continues" && beginning.isDecided)) return undefined
  const { logged, replay } = beginning.from
  return [...logged.map(({ chunk }) => chunk), ...replay]
}

/**
 * Leaves out what readers have from the run's earlier reader: the beginning of the step and of its open parts, and
 * calls. The agent's refusal of a call that the user has denied adds nothing.
 * @param before the chunks so far
 */
export function joining(before: UIMessageChunk[]): (chunk: UIMessageChunk) => UIMessageChunk[] {
  const open = new Set<string>()
  const calls = new Set<string>()
  const denied = new Set<string>()
  const hasBegun = before.some(({ type }) => type === "start-step")
  for (const chunk of before) {
    if (chunk.type === "text-start" || chunk.type === "reasoning-start") open.add(keyOf(chunk))
    if (chunk.type === "text-end" || chunk.type === "reasoning-end") open.delete(keyOf(chunk))
    if (chunk.type === "tool-input-start" || chunk.type === "tool-input-available") calls.add(chunk.toolCallId)
    if (chunk.type === "tool-output-denied") denied.add(chunk.toolCallId)
  }
  return (chunk) => {
    switch (chunk.type) {
      case "start-step":
        return hasBegun ? [] : [chunk]
      case "text-start":
      case "reasoning-start":
        return open.delete(keyOf(chunk)) ? [] : [chunk]
      case "text-end":
      case "reasoning-end":
        open.delete(keyOf(chunk))
        return [chunk]
      case "tool-input-start":
      case "tool-input-available":
        return calls.has(chunk.toolCallId) ? [] : [chunk]
      case "tool-output-available":
      case "tool-output-error":
        return denied.has(chunk.toolCallId) ? [] : [chunk]
      default:
        return [chunk]
    }
  }
}

function keyOf(chunk: Extract<UIMessageChunk, { id: string }>): string {
  return `${chunk.type.split("-")[0]} ${chunk.id}`
}
