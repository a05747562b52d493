import type { UIMessageChunk } from "ai"
import type { StreamEvent } from "#lib/chat-protocol.ts"
import { mergeEvents } from "#lib/chunks/merge-events.ts"
import { chunkShortener, type GrowingSave, type MessagePiece } from "#lib/chunks/pieces.ts"

export interface PieceCutter {
  add(event: StreamEvent): void
  /** true if the last save is not known to be stored: it is repeated as it was, and newer events wait */
  readonly isUnconfirmed: boolean
  /** Returns the next save; undefined if everything is stored. */
  next(): GrowingSave | undefined
  /** Notes that the save that `next` returned is stored. */
  confirm(): void
}

/**
 * Cuts an answer's events into the pieces that are appended to its message. Outputs that report a call's progress
 * replace one another several times a second: the latest of each call are a piece of their own, which the next such
 * piece replaces, so that a call that runs for long is not stored again and again.
 */
export function pieceCutter(): PieceCutter {
  const shortened = chunkShortener()
  let fresh: StreamEvent[] = []
  let last = 0
  let unconfirmed: GrowingSave | undefined
  let progress: ProgressPiece | undefined

  function cut(): GrowingSave | undefined {
    const divided = divide(mergeEvents(fresh), progress?.outputs ?? noOutputs)
    fresh = []
    const before = divided.endsProgress ? undefined : progress
    const pieces: MessagePiece[] = []
    if (divided.lasting.length > 0) pieces.push({ number: ++last, chunks: divided.lasting.map(shortened) })
    if (!divided.isProgressNew) {
      progress = before && { ...before, outputs: divided.outputs }
      return pieces.length > 0 ? { pieces, replaces: undefined, isRepeated: false } : undefined
    }
    progress = { number: ++last, outputs: divided.outputs }
    pieces.push({ number: progress.number, chunks: [...divided.outputs.values()] })
    return { pieces, replaces: before?.number, isRepeated: false }
  }

  return {
    add(event) {
      fresh.push(event)
    },
    get isUnconfirmed() {
      return unconfirmed !== undefined
    },
    next() {
      const repeated = unconfirmed && { ...unconfirmed, isRepeated: true }
      unconfirmed = repeated ?? cut()
      return unconfirmed
    },
    confirm() {
      unconfirmed = undefined
    },
  }
}

/** A stored piece that holds only the newest outputs of calls that still run. */
interface ProgressPiece {
  number: number
  outputs: ReadonlyMap<string, UIMessageChunk>
}

const noOutputs: ReadonlyMap<string, UIMessageChunk> = new Map()

interface Divided {
  /** what no later chunk replaces */
  lasting: UIMessageChunk[]
  /** the newest output of each call that still runs */
  outputs: ReadonlyMap<string, UIMessageChunk>
  isProgressNew: boolean
  /** The stored progress has become a part of the answer: nothing may be moved over what came after it. */
  endsProgress: boolean
}

/** Moves the progress of running calls behind everything else where that builds the same message. */
function divide(events: StreamEvent[], stored: ReadonlyMap<string, UIMessageChunk>): Divided {
  const lasting: UIMessageChunk[] = []
  const outputs = new Map(stored)
  const added = new Set<string>()
  let endsProgress = false
  for (const { chunk } of events) {
    if (chunk.type === "tool-output-available" && chunk.preliminary) {
      outputs.set(chunk.toolCallId, chunk)
      added.add(chunk.toolCallId)
      continue
    }
    const settled = "toolCallId" in chunk ? [chunk.toolCallId] : isPassable(chunk) ? [] : [...outputs.keys()]
    for (const callId of settled) {
      const output = outputs.get(callId)
      if (output && added.delete(callId) && chunk.type !== "tool-output-available") lasting.push(output)
      outputs.delete(callId)
    }
    endsProgress ||= !("toolCallId" in chunk || isPassable(chunk))
    lasting.push(chunk)
  }
  return { lasting, outputs, isProgressNew: added.size > 0, endsProgress }
}

/** Returns true for a chunk that changes no call, so that a call's progress can be moved behind it. */
function isPassable({ type }: UIMessageChunk): boolean {
  return /^(text|reasoning|source|data)-/.test(type) || type === "file"
}
