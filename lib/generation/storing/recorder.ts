import { isDataRefused } from "#db/failures.ts"
import type { StreamRepository } from "#db/repository/stream-repository.ts"
import type { EndedGeneration } from "#db/repository/turns/end-generation.ts"
import type { ChatMessagePart, StreamEvent } from "#lib/chat-protocol.ts"
import { isDatabaseAway } from "#lib/errors.ts"
import { writtenChars } from "../chunk-text.ts"
import { messageBuilder } from "./message-builder.ts"
import { retrying } from "./retrying.ts"

export interface Recorder {
  /** Takes note of an event; saves when enough has come together. Never waits, never throws. */
  record(event: StreamEvent): void
  /** @returns the message's parts with all that was recorded */
  parts(): Promise<ChatMessagePart[]>
  /** Saves what there is, whether or not it is time. No growing save follows it. @throws what the database threw */
  saveLast(): Promise<void>
  /**
   * Writes the last row, for as long as the database cannot be reached. No growing save follows it.
   * @param ended asked anew at each try
   * @returns false where the generation had been ended otherwise before; undefined where `isLeaving` ended the tries
   * @throws what the database threw else: at once where it refuses the data itself, else after 30 s
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
  /** the generation was ended or carried on elsewhere: nothing of it can be stored any more */
  onReplaced: () => void
  onProblem: (error: unknown) => void
  /** true: the generation is handed over, and nothing is waited for any more */
  isLeaving: () => boolean
}

/** What the database refuses for so long, though it can be reached, it will go on refusing. */
const refusedMs = 30_000

/** Writes the assistant message as it grows: never two saves in flight, what arrives meanwhile rides in the next. */
export function recorder(options: RecorderOptions): Recorder {
  const { repository, streamId, epoch, saveEveryChars } = options
  const builder = messageBuilder(options.messageId, options.onProblem)
  let unsavedChars = 0
  let charsWhileSaving = 0
  let isSaving = false
  let saving: Promise<void> = Promise.resolve()
  let isEnding = false

  async function save(): Promise<void> {
    isSaving = true
    try {
      while (unsavedChars >= saveEveryChars && !isEnding) {
        const saved = await retrying(saveOnce, {
          onProblem: options.onProblem,
          isOver: () => isEnding,
          givesUp: isDataRefused,
        })
        if (saved === undefined && !isEnding) options.onReplaced()
        if (saved?.isStopRequested) options.onStopRequested()
      }
    } finally {
      isSaving = false
    }
  }

  async function saveOnce(): Promise<{ isStopRequested: boolean } | undefined> {
    unsavedChars = 0
    const saved = await repository.streams.saveGrowing(streamId, epoch, await builder.parts())
    charsWhileSaving = unsavedChars
    return saved
  }

  return {
    record(event) {
      builder.add(event)
      const weight = weightOf(event, saveEveryChars)
      unsavedChars += weight
      // One more chunk like this, or as much as was said during the last save, would go beyond what a crash may lose.
      const isDue = unsavedChars + Math.max(weight, charsWhileSaving) > saveEveryChars
      if (!isDue || isEnding) return
      // While a save is under way this makes it go round once more.
      unsavedChars = Math.max(unsavedChars, saveEveryChars)
      if (isSaving) return
      saving = save().catch(options.onProblem)
    },

    parts: () => builder.parts(),

    async saveLast() {
      isEnding = true
      await saving
      await repository.streams.saveGrowing(streamId, epoch, await builder.parts())
    },

    async end(ended) {
      isEnding = true
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

/** Counts a call or an output as a whole save: it is expensive to lose and comes in one piece. */
function weightOf({ chunk }: StreamEvent, saveEveryChars: number): number {
  const isWhole = chunk.type === "tool-input-available" || chunk.type.startsWith("tool-output")
  return isWhole ? saveEveryChars : writtenChars(chunk)
}
