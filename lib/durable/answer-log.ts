import { setTimeout as wait } from "node:timers/promises"
import type { StreamRow } from "#db/repository/stream-repository.ts"
import { endsStream, eventId, parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { storedChunks } from "#lib/generation/stored-chunks.ts"
import { StoreUnavailable } from "#lib/relay/stores/store.ts"
import type { ChatServices } from "#lib/turns/chat-services.ts"
import { findInRelay } from "#lib/turns/follow.ts"
import { recover } from "#lib/turns/recover.ts"
import { watchProducer } from "#lib/turns/watch-producer.ts"
import type { EventLog } from "./event-log.ts"

/** How long the last events of an ended answer may take from its row to the log. */
const endLagMs = 1_000

/**
 * Gives an answer's events: from the log for as long as it is kept, then as its stored message. The stored message is a
 * stream under an epoch of its own, which no producer ever had, so no offset of one leads into the other.
 * @throws ChatError "stream_not_found", "stream_unavailable"
 */
export function answerLog(services: ChatServices, streamId: string): EventLog {
  const { relay, repository } = services

  async function currentRow(): Promise<StreamRow> {
    const found = await repository.streams.find(streamId)
    if (found?.isDead) await recover(services, streamId)
    const row = found?.isDead ? await repository.streams.find(streamId) : found
    if (!row) throw new ChatError("stream_not_found")
    return row
  }

  async function logged(row: StreamRow): Promise<readonly StreamEvent[] | undefined> {
    if (row.isRunning) return findInRelay(services, streamId, () => relay.readEvents(streamId))
    // A producer that died between the last row and the last event left a log without an end.
    for (const startedAtMs = performance.now(); ; await wait(100)) {
      const events = await relay.readEvents(streamId)
      const last = events?.at(-1)
      if (!last || endsStream(last.chunk)) return events
      if (performance.now() - startedAtMs > endLagMs) return undefined
    }
  }

  async function stored({ messageId, epoch }: StreamRow): Promise<StreamEvent[]> {
    const message = await repository.messages.find(messageId)
    if (!message?.metadata) throw new ChatError("stream_not_found")
    // The only field of an ended answer that changes: another answer continues it.
    const { continuedBy: _, ...metadata } = message.metadata
    const chunks = await Array.fromAsync(storedChunks({ ...message, metadata }))
    return chunks.map((chunk, index) => ({ id: eventId(epoch + 1, index + 1), chunk }))
  }

  return {
    async read(position) {
      const row = await currentRow()
      const isOfStored = position !== undefined && (parseEventId(position)?.epoch ?? 0) > row.epoch
      if (!row.isRunning && isOfStored) return stored(row)
      try {
        const events = await logged(row)
        if (events) return events
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error
        // The log may still be there, and continue from that position.
        if (position !== undefined) throw new ChatError("stream_unavailable", { cause: error })
      }
      const now = row.isRunning ? await currentRow() : row
      if (now.isRunning) throw new ChatError("stream_unavailable")
      return stored(now)
    },

    async follow(last) {
      const followed = await relay.resumeExistingStream(streamId, last, { isMerged: false })
      if (!followed) return undefined
      if (followed.resume !== "reset") return watchProducer(services, { streamId, position: last }, followed).items
      await followed.items.cancel()
      return undefined
    },
  }
}
