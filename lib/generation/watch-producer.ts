import { type EventId, endsStream, eventId, parseEventId } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { caughtUp, type FollowedStream, type RelayItem } from "#lib/relay/relay.ts"
import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"

/** After this long without an event a follower looks for itself whether the producer lives. */
const silenceMs = 5_000

/**
 * Keeps a follower from waiting for a producer that is dead: its lease in the database has run out. Where nobody goes
 * on, the follower is told of the interruption; where the generation ended otherwise meanwhile, it is cut off without an
 * end and finds the stored answer when it comes back.
 */
export function watchProducer(
  services: ChatServices,
  { streamId, position }: { streamId: string; position: EventId | undefined },
  followed: FollowedStream,
): FollowedStream {
  const reader = followed.items.getReader()
  // What came before its position this reader has from another connection; after a reset it gets it all again.
  let lastId = followed.resume === "continued" ? position : undefined
  let timer: NodeJS.Timeout | undefined
  let isOver = false

  const items = new ReadableStream<RelayItem>({
    start(controller) {
      timer = setInterval(() => void look(controller), silenceMs)
    },
    async pull(controller) {
      const next = await reader.read()
      timer?.refresh()
      if (next.done) return close(controller)
      if (next.value !== caughtUp) lastId = next.value.id
      controller.enqueue(next.value)
      if (next.value !== caughtUp && endsStream(next.value.chunk)) close(controller)
    },
    async cancel(reason) {
      isOver = true
      clearInterval(timer)
      await reader.cancel(reason)
    },
  })

  async function look(controller: ReadableStreamDefaultController<RelayItem>): Promise<void> {
    try {
      const row = await services.chats.findStream(streamId)
      const isRunning = row?.isDead ? (await recover(services, streamId)) === "running" : row?.isRunning
      if (isRunning) return
      const message = row && (await services.chats.findMessage(row.messageId))
      if (isOver) return
      if (message?.metadata?.status === "INTERRUPTED") controller.enqueue(interruption(lastId))
      await reader.cancel()
    } catch (error) {
      services.onProblem(error, streamId)
    }
  }

  function close(controller: ReadableStreamDefaultController<RelayItem>): void {
    isOver = true
    clearInterval(timer)
    controller.close()
  }

  return { ...followed, items }
}

/** Under the next epoch, as whatever happens to a stream after its producer's death. */
function interruption(lastId: EventId | undefined): RelayItem {
  const last = parseEventId(lastId ?? "1-1") ?? { epoch: 1, seq: 1 }
  return {
    id: eventId(last.epoch + 1, last.seq + 1),
    chunk: { type: "error", errorText: new ChatError("interrupted").message },
  }
}
