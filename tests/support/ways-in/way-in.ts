/** A way in, as a reader sees it, and what such a reader does until it has the whole answer. */
import { readUIMessageStream, type UIMessageChunk } from "ai"
import { type ChatMessage, type EventId, endsStream } from "#lib/chat-protocol.ts"
import type { Client } from "../clients/service.ts"

/** A chunk without an id is of a stored message. */
export interface SeenEvent {
  id?: EventId | undefined
  chunk: UIMessageChunk
}

export interface Asked {
  client: Client
  streamId: string
  /** the last event that the reader has */
  after: EventId | undefined
}

export interface WayIn {
  name: string
  /** "the start": its clients cannot name a position, and always get the answer from its start */
  resumesAt: "any event" | "the start"
  /** what it gives when the answer has ended, or the feature is off */
  ofStored: "the message" | "nothing"
  /** true: it reads the log, and is not there without one */
  needsLog?: boolean
  /** true: its clients come back by themselves, and what they receive ends where there is nothing more for them */
  returnsByItself?: boolean
  /**
   * Attaches a reader.
   * @returns what it receives, until its connection ends for whatever reason; undefined if there is nothing for it
   */
  open(asked: Asked): Promise<AsyncIterable<SeenEvent> | undefined>
}

/** A reader that is attached, with what it had seen before. */
export interface AttachedReader {
  way: WayIn
  seen: SeenEvent[]
  items: AsyncIterable<SeenEvent> | undefined
}

/**
 * Attaches a reader that has seen the first events of an answer.
 * @param seen the events; a way in that cannot name a position is told of none
 */
export async function attach(
  way: WayIn,
  asked: Pick<Asked, "client" | "streamId">,
  seen: SeenEvent[],
): Promise<AttachedReader> {
  const after = way.resumesAt === "any event" ? seen.at(-1)?.id : undefined
  return { way, seen, items: await way.open({ ...asked, after }) }
}

/** More than any answer needs: a reader that comes back this often never ends. */
const maxReturns = 20

/**
 * Reads on to the end. A reader whose connection ends without the answer's end comes back at its position, as every
 * client must.
 * @returns everything the reader shows; what a new start has replaced is not in it. undefined: it was cut off, found
 * nothing when it came back, and shows what is stored
 */
export async function readToEnd(
  reader: AttachedReader,
  asked: Pick<Asked, "client" | "streamId">,
): Promise<SeenEvent[] | undefined> {
  let { seen, items } = reader
  for (let returns = 0; returns <= maxReturns; returns++) {
    if (!items) return returns > 0 && reader.way.ofStored === "nothing" ? undefined : seen
    for await (const event of items) seen = event.chunk.type === "start" ? [event] : [...seen, event]
    const last = seen.at(-1)
    if (reader.way.returnsByItself || (last && endsStream(last.chunk))) return seen
    items = (await attach(reader.way, asked, seen)).items
  }
  throw new Error(`${reader.way.name}: no end after ${maxReturns} returns`)
}

/** Builds the message that these events show, with the AI SDK's own code. */
export async function partsShownBy(events: SeenEvent[]): Promise<ChatMessage["parts"]> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      // An error is not a part of the message, and would end the building of it.
      for (const { chunk } of events) if (chunk.type !== "error") controller.enqueue(chunk)
      controller.close()
    },
  })
  let parts: ChatMessage["parts"] = []
  for await (const message of readUIMessageStream<ChatMessage>({ stream })) parts = message.parts
  return parts
}
