import { isToolUIPart, type UIMessageChunk } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"

/** A tool was called with this, and nobody knows what came of it. */
export interface UnfinishedCall {
  toolCallId: string
  toolName: string
  input: unknown
  /** as in its chunks */
  dynamic?: boolean
}

export interface OpenParts {
  /** Notes what a chunk begins or ends. @returns the same chunk */
  track(chunk: UIMessageChunk): UIMessageChunk
  /** calls whose input is known in full */
  calls(): UnfinishedCall[]
  /** @returns the id of an open text that nothing has come after. It is the caller's then: it is not closed here */
  takeLastText(): string | undefined
  closing(): Generator<UIMessageChunk>
}

interface OpenPart {
  closing: UIMessageChunk
  call?: UnfinishedCall
}

const endedBeforeDone = "Ended before the tool was done."

/**
 * Knows which parts of an answer are begun and not ended, so that an answer that breaks off leaves none open:
 * an open part would be shown as still being written, for ever.
 */
export function openParts(): OpenParts {
  const open = new Map<string, OpenPart>()
  /** calls that wait for the user, by the id of the approval: not open, since they may wait for ever */
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
          const dynamic = chunk.dynamic === undefined ? {} : { dynamic: chunk.dynamic }
          open.set(`tool ${toolCallId}`, {
            closing: { type: "tool-output-error", toolCallId, errorText: endedBeforeDone, ...dynamic },
            ...(chunk.type === "tool-input-available" && {
              call: { toolCallId, toolName, input: chunk.input, ...dynamic },
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

/** @returns the call as it was before the end of its answer closed it; any other part as it is */
export function reopened(part: ChatMessagePart): ChatMessagePart {
  if (!isToolUIPart(part) || part.input === undefined) return part
  const isClosed = part.state === "output-error" && part.errorText === endedBeforeDone && !("rawInput" in part)
  const isHalfDone = part.state === "output-available" && part.preliminary === true
  if (!isClosed && !isHalfDone) return part
  return { ...part, state: "input-available", output: undefined, errorText: undefined } as ChatMessagePart // all it needs
}
