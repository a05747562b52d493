import { setTimeout as wait } from "node:timers/promises"
import { EventSourceParserStream } from "eventsource-parser/stream"
import type { EventId } from "#lib/chat-protocol.ts"
import { offsetAfter, parseOffset } from "#lib/durable/offsets.ts"
import type { SeenEvent, WayIn } from "./way-in.ts"

/** As clients of the Durable Streams protocol read live: one whose offset is gone starts over. */
export const overDurableStreams: WayIn = {
  name: "Durable Streams",
  resumesAt: "any event",
  ofStored: "the message",
  needsLog: true,
  async open({ client, streamId, after }) {
    async function read(offset: string): Promise<Response> {
      const response = await client.request(`/api/durable/${streamId}?live=sse&offset=${offset}`)
      // A busy machine is slower than a store's deadline.
      if (response.status !== 503) return response
      await wait(1_000)
      return read(offset)
    }
    const asked = await read(after ? offsetAfter(after) : "-1")
    const response = asked.status === 410 ? await read("-1") : asked
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
    return eventsOf(response)
  },
}

/** Only the last chunk of a run has a position: that of the `control` event behind it. */
async function* eventsOf({ body }: Response): AsyncGenerator<SeenEvent> {
  const events = body
    ?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream())
  let run: SeenEvent[] = []
  for await (const { event, data } of events ?? []) {
    if (event === "data") run = JSON.parse(data).map((chunk: SeenEvent["chunk"]) => ({ chunk }))
    if (event !== "control") continue
    const last = run.at(-1)
    if (last) last.id = positionOf(JSON.parse(data).streamNextOffset)
    yield* run
    run = []
  }
}

function positionOf(offset: string): EventId | undefined {
  const asked = parseOffset(offset)
  return asked?.kind === "after" ? asked.position : undefined
}
