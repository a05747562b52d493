import type { UIMessageChunk } from "ai"
import { eventId, type StreamEvent } from "#lib/chat-protocol.ts"

export interface ScriptedSource {
  /** to be handed to a relay */
  makeStream(): ReadableStream<StreamEvent>
  readonly timesMade: number
  /** the id of the last event that was sent */
  readonly lastId: StreamEvent["id"]
  send(...chunks: UIMessageChunk[]): void
  /** the words as deltas of one text part */
  say(...words: string[]): void
  repeatLast(): void
  /** the event that ends the stream, but not the source */
  finish(): void
  close(): void
  fail(error: Error): void
  /** settles once somebody has read the source to its end */
  readonly drained: Promise<void>
}

type Step = { event: StreamEvent } | "close" | { error: Error }

/**
 * A numbered stream that emits events on command, and only when it is read.
 * @param after the number of events from an earlier process, whose text it continues
 */
export function scriptedSource(epoch = 1, after = 0): ScriptedSource {
  const steps: Step[] = []
  const drained = Promise.withResolvers<void>()
  let arrived = Promise.withResolvers<void>()
  let timesMade = 0
  let seq = after
  let last: StreamEvent | undefined

  function add(step: Step): void {
    steps.push(step)
    arrived.resolve()
    arrived = Promise.withResolvers()
  }

  async function nextStep(): Promise<Step> {
    for (;;) {
      const step = steps.shift()
      if (step) return step
      await arrived.promise
    }
  }

  function send(...chunks: UIMessageChunk[]): void {
    for (const chunk of chunks) {
      last = { id: eventId(epoch, ++seq), chunk }
      add({ event: last })
    }
  }

  if (after === 0) send({ type: "start", messageId: "answer" }, { type: "text-start", id: "text" })

  return {
    get timesMade() {
      return timesMade
    },
    get lastId() {
      return eventId(epoch, seq)
    },
    drained: drained.promise,
    makeStream() {
      timesMade += 1
      return new ReadableStream<StreamEvent>(
        {
          async pull(controller) {
            const step = await nextStep()
            if (typeof step === "object" && "event" in step) return controller.enqueue(step.event)
            if (step === "close") controller.close()
            else controller.error(step.error)
            drained.resolve()
          },
        },
        { highWaterMark: 0 },
      )
    },
    send,
    say: (...words) => send(...words.map((delta): UIMessageChunk => ({ type: "text-delta", id: "text", delta }))),
    repeatLast() {
      if (last) add({ event: last })
    },
    finish: () => send({ type: "text-end", id: "text" }, { type: "finish" }),
    close: () => add("close"),
    fail: (error) => add({ error }),
  }
}
