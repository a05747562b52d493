import { type EventId, endsStream, eventId, parseEventId } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { caughtUp, type FollowedStream, type RelayItem } from "#lib/relay/relay.ts"
import { charsOfChunk, charsOfParts } from "../generation/chunk-text.ts"
import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"

/** After this long without an event a follower looks for itself whether the producer lives: with its lease, 14 s at most. */
const silenceMs = 4_000

/**
 * Keeps a follower from waiting for a producer that is dead: its lease in the database has run out. Where nobody goes
 * on, a follower that has all the stored text is told of the interruption. Who may lack some of it is cut off without an
 * end and finds the stored answer when it comes back, and so is everyone where the generation ended otherwise meanwhile.
 */
export function watchProducer(
  services: ChatServices,
  { streamId, position }: { streamId: string; position: EventId | undefined },
  followed: FollowedStream,
): FollowedStream {
  const reader = followed.items.getReader()
  // What came before its position this reader has from another connection; after a reset it gets it all again.
  let lastId = followed.resume === "continued" ? position : undefined
  // Nobody here knows what a reader with a position had been shown before.
  let shownChars = followed.resume === "continued" ? undefined : 0
  let timer: NodeJS.Timeout | undefined
  let isOver = false

  const rest = () => {
    isOver = true
    clearInterval(timer)
    timer = undefined
  }
  // However the stream is over, also by a failure.
  void reader.closed.then(rest, rest)

  const items = new ReadableStream<RelayItem>({
    start(controller) {
      timer = setInterval(() => void look(controller), silenceMs)
    },
    async pull(controller) {
      const next = await reader.read()
      timer?.refresh()
      if (next.done) return close(controller)
      controller.enqueue(next.value)
      if (next.value === caughtUp) return
      lastId = next.value.id
      if (shownChars !== undefined) shownChars += charsOfChunk(next.value.chunk)
      if (endsStream(next.value.chunk)) close(controller)
    },
    async cancel(reason) {
      rest()
      await reader.cancel(reason)
    },
  })

  async function look(controller: ReadableStreamDefaultController<RelayItem>): Promise<void> {
    try {
      let row = await services.repository.streams.find(streamId)
      if (row?.isDead) {
        await recover(services, streamId)
        // Its readers hear of the end, or of how it goes on, in the stream.
        if (services.relay.keepsLog) return
        row = await services.repository.streams.find(streamId)
      }
      if (row?.isRunning) return
      const message = row && (await services.repository.messages.find(row.messageId))
      if (isOver) return
      const hasAll = shownChars !== undefined && shownChars >= charsOfParts(message?.parts ?? [])
      if (row && hasAll && !services.relay.keepsLog && message?.metadata?.status === "INTERRUPTED")
        controller.enqueue(interruption(row.epoch, lastId))
      await reader.cancel()
    } catch (error) {
      services.onProblem(error, streamId)
    }
  }

  function close(controller: ReadableStreamDefaultController<RelayItem>): void {
    rest()
    controller.close()
  }

  return { ...followed, items }
}

/** Under the epoch of who ended it: no producer ever wrote under that one. */
function interruption(epoch: number, lastId: EventId | undefined): RelayItem {
  const seq = parseEventId(lastId ?? "1-1")?.seq ?? 1
  return { id: eventId(epoch, seq + 1), chunk: { type: "error", errorText: new ChatError("interrupted").message } }
}
