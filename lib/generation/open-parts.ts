import { isToolUIPart, type UIMessageChunk } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"

/** A tool call whose result is unknown. */
export interface UnfinishedCall {
  toolCallId: string
  toolName: string
  input: unknown
  /** as in the call's chunks */
  dynamic?: boolean
  providerExecuted?: boolean
}

export interface OpenParts {
  /**
   * Tracks what a chunk begins or ends.
   * @returns the same chunk
   */
  track(chunk: UIMessageChunk): UIMessageChunk
  /** Lists open calls whose input is complete. */
  calls(): UnfinishedCall[]
  /** Returns the id of an open text at the end, and leaves it to the caller to close. */
  takeLastText(): string | undefined
  /** Returns the chunks that close all open parts. */
  closing(): Generator<UIMessageChunk>
}

interface OpenPart {
  closing: UIMessageChunk
  call?: UnfinishedCall
}

const endedBeforeDone = "Ended before the tool was done."

/**
 * Tracks which parts of an answer are open, so that an interrupted answer leaves none: an open part would look as if
 * it were still being written.
 */
export function openParts(): OpenParts {
  const open = new Map<string, OpenPart>()
  /** calls that wait for the user, by approval id; they are not open, since they may wait indefinitely */
  const waiting = new Map<string, OpenPart>()
  let lastTextId: string | undefined

  return {
    track(chunk) {
      if (chunk.type === "text-start") lastTextId = chunk.id
      else if (chunk.type !== "text-delta") lastTextId = undefined
      switch (chunk.type) {
        case "text-start":
          open.set(`text ${chunk.id}`, { closing: { type: "text-end", id: chunk.id } })
          break
        case "reasoning-start":
          open.set(`reasoning ${chunk.id}`, { closing: { type: "reasoning-end", id: chunk.id } })
          break
        case "text-end":
          open.delete(`text ${chunk.id}`)
          break
        case "reasoning-end":
          open.delete(`reasoning ${chunk.id}`)
          break
        case "tool-input-start":
        case "tool-input-available": {
          const { toolCallId, toolName } = chunk
          const kind = kindOf(chunk)
          open.set(`tool ${toolCallId}`, {
            closing: { type: "tool-output-error", toolCallId, errorText: endedBeforeDone, ...kind },
            ...(chunk.type === "tool-input-available" && {
              call: { toolCallId, toolName, input: chunk.input, ...kind },
            }),
          })
          break
        }
        case "tool-output-available":
          if (!chunk.preliminary) open.delete(`tool ${chunk.toolCallId}`)
          break
        case "tool-input-error":
        case "tool-output-error":
        case "tool-output-denied":
          open.delete(`tool ${chunk.toolCallId}`)
          break
        case "tool-approval-request": {
          const part = open.get(`tool ${chunk.toolCallId}`)
          if (part) waiting.set(chunk.approvalId, part)
          open.delete(`tool ${chunk.toolCallId}`)
          break
        }
        case "reset-step":
          // Nothing of an earlier step is open: a step begins once every call of the one before it has its result.
          open.clear()
          waiting.clear()
          break
        case "tool-approval-response": {
          const part = waiting.get(chunk.approvalId)
          if (part?.call && chunk.approved) open.set(`tool ${part.call.toolCallId}`, part)
          break
        }
      }
      return chunk
    },

    calls: () => [...open.values()].flatMap(({ call }) => (call ? [call] : [])),

    takeLastText() {
      return lastTextId !== undefined && open.delete(`text ${lastTextId}`) ? lastTextId : undefined
    },

    *closing() {
      for (const { closing } of open.values()) yield closing
      open.clear()
    },
  }
}

function kindOf({ dynamic, providerExecuted }: { dynamic?: boolean; providerExecuted?: boolean }): object {
  return { ...(dynamic !== undefined && { dynamic }), ...(providerExecuted !== undefined && { providerExecuted }) }
}

/** Restores a call to its state before the end of its answer closed it; returns any other part unchanged. */
export function reopened(part: ChatMessagePart): ChatMessagePart {
  if (!isToolUIPart(part) || part.input === undefined) return part
  const isClosed = part.state === "output-error" && part.errorText === endedBeforeDone && !("rawInput" in part)
  const isHalfDone = part.state === "output-available" && part.preliminary === true
  if (!isClosed && !isHalfDone) return part
  return { ...part, state: "input-available", output: undefined, errorText: undefined } as ChatMessagePart // all it needs
}
