import { setTimeout as wait } from "node:timers/promises"
import { isDataRefused } from "#db/failures.ts"
import type { StreamRepository } from "#db/repository/stream-repository.ts"
import type { EndedGeneration } from "#db/repository/turns/end-generation.ts"
import type { ChatMessagePart, StreamEvent } from "#lib/chat-protocol.ts"
import { messageBuilder } from "#lib/chunks/message-builder.ts"
import { isDatabaseAway } from "#lib/errors.ts"
import { writtenChars } from "../chunk-text.ts"
import { pieceCutter } from "./piece-cutter.ts"
import { retrying } from "./retrying.ts"

export interface Recorder {
  /** Records an event, and saves once enough has accumulated. Never waits, never throws. */
  record(event: StreamEvent): void
  /** Returns the message's parts so far. */
  parts(): Promise<ChatMessagePart[]>
  /**
   * Saves everything now and ends the growing saves.
   * @throws what the database threw
   */
  saveLast(): Promise<void>
  /**
   * Writes the last row, retrying while the database cannot be reached, and ends the growing saves.
   * @param ended called again for each try
   * @returns false if the generation had already ended in another way; undefined if `isLeaving` ended the tries
   * @throws any other error of the database: at once if it refuses the data itself, otherwise after 30 s
   */
  end(ended: () => Omit<EndedGeneration, "streamId" | "epoch" | "parts">): Promise<boolean | undefined>
}

export interface RecorderOptions {
  repository: { streams: Pick<StreamRepository, "saveGrowing" | "end"> }
  streamId: string
  epoch: number
  messageId: string
  /** characters between two saves (default 200: a crash loses about two sentences) */
  saveEveryChars: number
  onStopRequested: () => void
  /** called when another process has ended or taken over the generation: nothing more can be stored here */
  onReplaced: () => void
  onProblem: (error: unknown) => void
  /** returns true once the generation is handed over: nothing is waited for from then on */
  isLeaving: () => boolean
}

/**
 * The shortest time from one save to the next: an answer that comes in bursts is saved ten times a second, in larger
 * pieces. An answer of fewer than 2,000 characters a second never waits for it.
 */
const saveEveryMs = 100
/** A reachable database that has refused a row for this long will keep refusing it. */
const refusedMs = 30_000

/** Writes the assistant message as it grows: each save appends what is new, and the end writes all of it. Only one save is in flight: later events wait for the next. */
export function recorder(options: RecorderOptions): Recorder {
  const { repository, streamId, epoch, saveEveryChars } = options
  const builder = messageBuilder(options.messageId, options.onProblem)
  let unsavedChars = 0
  let charsWhileSaving = 0
  let isSaving = false
  let saving: Promise<void> = Promise.resolve()
  let savedAtMs = Number.NEGATIVE_INFINITY
  const ending = new AbortController()
  const cutter = pieceCutter()

  async function save(): Promise<void> {
    isSaving = true
    try {
      while (unsavedChars >= saveEveryChars) {
        await pause(savedAtMs + saveEveryMs - performance.now(), ending.signal)
        if (ending.signal.aborted) return
        savedAtMs = performance.now()
        const saved = await retrying(saveOnce, {
          onProblem: options.onProblem,
          isOver: () => ending.signal.aborted,
          givesUp: isDataRefused,
        })
        if (saved === undefined && !ending.signal.aborted) options.onReplaced()
        if (saved?.isStopRequested) options.onStopRequested()
      }
    } finally {
      isSaving = false
    }
  }

  async function saveOnce(): Promise<{ isStopRequested: boolean } | undefined> {
    // What an earlier generation wrote is recorded at once, and all of it belongs into the first save.
    await Promise.resolve()
    if (!cutter.isUnconfirmed) unsavedChars = 0
    const saved = await saveNext()
    charsWhileSaving = unsavedChars
    return saved
  }

  async function saveNext(): Promise<{ isStopRequested: boolean } | undefined> {
    const next = cutter.next()
    if (!next) return { isStopRequested: false }
    const saved = await repository.streams.saveGrowing(streamId, epoch, next)
    cutter.confirm()
    return saved
  }

  return {
    record(event) {
      builder.add(event)
      cutter.add(event)
      const weight = weightOf(event, saveEveryChars)
      unsavedChars += weight
      // Due if one more chunk like this, or as much as arrived during the last save, would exceed what a crash may
      // lose.
      const isDue = unsavedChars + Math.max(weight, charsWhileSaving) > saveEveryChars
      if (!isDue || ending.signal.aborted) return
      // Makes a running save repeat once it is done.
      unsavedChars = Math.max(unsavedChars, saveEveryChars)
      if (isSaving) return
      saving = save().catch(options.onProblem)
    },

    parts: () => builder.parts(),

    async saveLast() {
      ending.abort()
      await saving
      // One whose reply got lost comes first.
      if (cutter.isUnconfirmed) await saveNext()
      await saveNext()
    },

    async end(ended) {
      ending.abort()
      await saving
      const parts = await builder.parts()
      return retrying(() => repository.streams.end({ ...ended(), streamId, epoch, parts }), {
        onProblem: options.onProblem,
        isOver: options.isLeaving,
        givesUp: (error, elapsedMs) => isDataRefused(error) || (!isDatabaseAway(error) && elapsedMs > refusedMs),
      })
    },
  }
}

/** Waits, if this is not in the past already, until `signal` fires. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal }).catch(() => undefined)
}

/** Counts a call or an output as a whole save: it is expensive to lose and arrives in one piece. */
function weightOf({ chunk }: StreamEvent, saveEveryChars: number): number {
  // Each replaces the one before, several times a second.
  if (chunk.type === "tool-output-available" && chunk.preliminary) return saveEveryChars / 8
  const isWhole = chunk.type === "tool-input-available" || chunk.type.startsWith("tool-output")
  return isWhole ? saveEveryChars : writtenChars(chunk)
}
