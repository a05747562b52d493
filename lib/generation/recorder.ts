import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { EndedGeneration } from "#db/repository/end-generation.ts"
import type { ChatMessagePart, StreamEvent } from "#lib/chat-protocol.ts"
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
   * Writes the last row. No growing save follows it.
   * @returns false where the generation had been ended otherwise before
   * @throws what the database threw, after retries for about 30 s
   */
  end(ended: Omit<EndedGeneration, "streamId" | "epoch" | "parts">): Promise<boolean>
}

export interface RecorderOptions {
  chats: Pick<ChatRepository, "saveGrowing" | "endGeneration">
  streamId: string
  epoch: number
  messageId: string
  /** characters between two saves (default 200: a crash loses about two sentences) */
  saveEveryChars: number
  onStopRequested: () => void
  /** the generation was ended or carried on elsewhere: nothing of it can be stored any more */
  onReplaced: () => void
  onProblem: (error: unknown) => void
}

/** Writes the assistant message as it grows: never two saves in flight, what arrives meanwhile rides in the next. */
export function recorder(options: RecorderOptions): Recorder {
  const { chats, streamId, epoch, saveEveryChars } = options
  const builder = messageBuilder(options.messageId)
  let unsavedChars = 0
  let isSaving = false
  let saving: Promise<void> = Promise.resolve()
  let isEnding = false

  async function save(): Promise<void> {
    isSaving = true
    while (unsavedChars >= saveEveryChars && !isEnding) {
      unsavedChars = 0
      const parts = await builder.parts()
      const saved = await retrying(() => chats.saveGrowing(streamId, epoch, parts), {
        onProblem: options.onProblem,
        isOver: () => isEnding,
      })
      if (saved === undefined && !isEnding) options.onReplaced()
      if (saved?.isStopRequested) options.onStopRequested()
    }
    isSaving = false
  }

  return {
    record(event) {
      builder.add(event)
      const weight = weightOf(event, saveEveryChars)
      // A chunk like this one more would go beyond what a crash may lose: so it is time now.
      unsavedChars += weight
      const isDue = unsavedChars + weight > saveEveryChars
      if (!isDue || isSaving || isEnding) return
      unsavedChars = Math.max(unsavedChars, saveEveryChars)
      saving = save().catch(options.onProblem)
    },

    parts: () => builder.parts(),

    async saveLast() {
      isEnding = true
      await saving
      await chats.saveGrowing(streamId, epoch, await builder.parts())
    },

    async end(ended) {
      isEnding = true
      await saving
      const parts = await builder.parts()
      return retrying(() => chats.endGeneration({ ...ended, streamId, epoch, parts }), {
        onProblem: options.onProblem,
        forMs: 30_000,
      })
    },
  }
}

/** What is not text counts as a whole save: a tool's output is dear and comes in one piece. */
function weightOf({ chunk }: StreamEvent, saveEveryChars: number): number {
  if (chunk.type === "text-delta" || chunk.type === "reasoning-delta") return chunk.delta.length
  if (chunk.type === "tool-input-delta") return chunk.inputTextDelta.length
  return chunk.type === "tool-input-available" || chunk.type.startsWith("tool-output") ? saveEveryChars : 0
}
