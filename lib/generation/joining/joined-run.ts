/** Joins an answer to the run that goes on writing it elsewhere, so that nothing is asked or said twice. */
import type { UIMessageChunk } from "ai"
import type { Beginning } from "../beginning.ts"
import { partKeyOf } from "../chunk-cleaner.ts"
import type { Continuation } from "../continuation.ts"

/** The reason of an aborted model call whose answer another process continues: what runs elsewhere must go on. */
export class HandedOver extends Error {
  override readonly name = "HandedOver"
}

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
export function joining(before: UIMessageChunk[]): Continuation {
  const open = new Set<string>()
  const calls = new Set<string>()
  const denied = new Set<string>()
  const hasBegun = before.some(({ type }) => type === "start-step")
  for (const chunk of before) {
    if (chunk.type === "text-start" || chunk.type === "reasoning-start") open.add(partKeyOf(chunk))
    if (chunk.type === "text-end" || chunk.type === "reasoning-end") open.delete(partKeyOf(chunk))
    if (chunk.type === "tool-input-start" || chunk.type === "tool-input-available") calls.add(chunk.toolCallId)
    if (chunk.type === "tool-output-denied") denied.add(chunk.toolCallId)
  }
  function isNew(chunk: UIMessageChunk): boolean {
    switch (chunk.type) {
      case "start-step":
        return !hasBegun
      case "text-start":
      case "reasoning-start":
        return !open.delete(partKeyOf(chunk))
      case "text-end":
      case "reasoning-end":
        open.delete(partKeyOf(chunk))
        return true
      case "tool-input-start":
      case "tool-input-available":
        return !calls.has(chunk.toolCallId)
      case "tool-output-available":
      case "tool-output-error":
        return !denied.has(chunk.toolCallId)
      default:
        return true
    }
  }

  return {
    *transform(chunk) {
      if (isNew(chunk)) yield chunk
    },
    // Nothing is held back.
    *end() {},
  }
}
