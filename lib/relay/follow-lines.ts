import { type EventId, endsStream, type StreamEvent } from "#lib/chat-protocol.ts"
import { mergeEvents } from "#lib/chunks/merge-events.ts"
import { eventsOf, firstLine } from "./event-lines.ts"
import { placeAfter } from "./event-order.ts"
import { caughtUp, type FollowedStream, type FollowOptions, type RelayItem } from "./relay.ts"

/**
 * Builds a follower's stream from pub/sub text: the whole backlog first, then one line per event. Pub/sub loses
 * messages silently, so the ids are checked, and at a missing one the stream stops without an ending event.
 * @returns undefined if nothing arrives, or the text does not begin at the stream's start
 */
export async function followLines(
  lines: ReadableStreamDefaultReader<string>,
  { position, isMerged = true }: { position?: EventId | undefined } & FollowOptions,
  onProblem: (error: unknown) => void,
): Promise<FollowedStream | undefined> {
  const text = await backlogOf(lines)
  if (text === undefined) return undefined
  const backlog = eventsOf(text)
  const known = backlog.findIndex((event) => event.id === position)
  const missed = backlog.slice(known + 1)
  const items = itemsOf({ backlog: isMerged ? mergeEvents(missed) : missed, last: backlog.at(-1), lines, onProblem })
  if (position === undefined) return { resume: "from-start", items }
  return { resume: known === -1 ? "reset" : "continued", items }
}

async function backlogOf(lines: ReadableStreamDefaultReader<string>): Promise<string | undefined> {
  let first = await lines.read()
  // The producer may answer before it has read the first line of its own stream.
  if (first.value === "") first = await lines.read()
  return first.value?.startsWith(firstLine) ? first.value : undefined
}

interface Following {
  /** what the reader lacks of it */
  backlog: StreamEvent[]
  /** the whole backlog's last event, even if the reader already has it */
  last: StreamEvent | undefined
  lines: ReadableStreamDefaultReader<string>
  onProblem: (error: unknown) => void
}

function itemsOf({ backlog, last, lines, onProblem }: Following): ReadableStream<RelayItem> {
  type Controller = ReadableStreamDefaultController<RelayItem>
  let lastId = last?.id

  /** Passes a new event on. @returns false at the stream's end. @throws at a missing event */
  function forward(event: StreamEvent, controller: Controller): boolean {
    const place = placeAfter(lastId, event.id)
    if (place === "seen") return true
    if (place === "gap") throw new Error(`pub/sub lost the events between ${lastId} and ${event.id}`)
    lastId = event.id
    controller.enqueue(event)
    return !endsStream(event.chunk)
  }

  /** Reads until there is a new event: the stream does not repeat a pull that enqueued nothing. */
  async function hasReadNewEvent(controller: Controller): Promise<boolean> {
    const knownId = lastId
    while (lastId === knownId) {
      const next = await lines.read()
      if (next.done) return false
      if (!eventsOf(next.value).every((event) => forward(event, controller))) return false
    }
    return true
  }

  async function end(controller: Controller): Promise<void> {
    controller.close()
    await lines.cancel()
  }

  return new ReadableStream<RelayItem>({
    async start(controller) {
      for (const event of backlog) controller.enqueue(event)
      controller.enqueue(caughtUp)
      if (last && endsStream(last.chunk)) await end(controller)
    },
    async pull(controller) {
      const continues = await hasReadNewEvent(controller).catch(onProblem)
      if (!continues) await end(controller)
    },
    cancel: () => lines.cancel(),
  })
}
