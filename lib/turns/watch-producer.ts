import { type EventId, endsStream, eventId, parseEventId } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { caughtUp, type FollowedStream, type RelayItem } from "#lib/relay/relay.ts"
import { charCounter, charsOfParts } from "../generation/chunk-text.ts"
import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"

/** Silence after which a follower checks whether the producer is alive. With the lease that makes 14 s at most. */
const silenceMs = 4_000

/**
 * Keeps a follower from waiting for a dead producer, one whose lease in the database has run out. If no process takes
 * over, a follower that has all of the stored text is told of the interruption. A follower that may lack some text is
 * disconnected without an end and finds the stored answer when it returns; so is every follower if the generation
 * ended in another way.
 */
export function watchProducer(
  services: ChatServices,
  { streamId, position }: { streamId: string; position: EventId | undefined },
  followed: FollowedStream,
): FollowedStream {
  const reader = followed.items.getReader()
  // The reader has what came before its position. After a reset it gets everything again.
  let lastId = followed.resume === "continued" ? position : undefined
  // How much text a reader had before its position is not known here.
  const shown = followed.resume === "continued" ? undefined : charCounter()
  let timer: NodeJS.Timeout | undefined
  let isOver = false

  const stopWatching = () => {
    isOver = true
    clearInterval(timer)
    timer = undefined
  }
  // Covers every way in which the stream can end, including failures.
  void reader.closed.then(stopWatching, stopWatching)

  const items = new ReadableStream<RelayItem>({
    start(controller) {
      timer = setInterval(() => void checkProducer(controller), silenceMs)
    },
    async pull(controller) {
      const next = await reader.read()
      timer?.refresh()
      if (next.done) return close(controller)
      controller.enqueue(next.value)
      if (next.value === caughtUp) return
      lastId = next.value.id
      shown?.count(next.value.chunk)
      if (endsStream(next.value.chunk)) close(controller)
    },
    async cancel(reason) {
      stopWatching()
      await reader.cancel(reason)
    },
  })

  async function checkProducer(controller: ReadableStreamDefaultController<RelayItem>): Promise<void> {
    try {
      let row = await services.repository.streams.find(streamId)
      if (row?.isDead) {
        await recover(services, streamId)
        // With a log, readers get the end or the rest in the stream.
        if (services.relay.keepsLog) return
        row = await services.repository.streams.find(streamId)
      }
      if (row?.isRunning) return
      const message = row && (await services.repository.messages.find(row.messageId))
      if (isOver) return
      const hasAll = shown !== undefined && shown.chars >= charsOfParts(message?.parts ?? [])
      if (row && hasAll && !services.relay.keepsLog && message?.metadata?.status === "INTERRUPTED")
        controller.enqueue(interruption(row.epoch, lastId))
      await reader.cancel()
    } catch (error) {
      services.onProblem(error, streamId)
    }
  }

  function close(controller: ReadableStreamDefaultController<RelayItem>): void {
    stopWatching()
    controller.close()
  }

  return { ...followed, items }
}

/** Builds the last event, under the epoch that ended the stream: no producer ever wrote under it. */
function interruption(epoch: number, lastId: EventId | undefined): RelayItem {
  const seq = parseEventId(lastId ?? "1-1")?.seq ?? 1
  return { id: eventId(epoch, seq + 1), chunk: { type: "error", errorText: new ChatError("interrupted").message } }
}
