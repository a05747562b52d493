import type { UIMessageChunk } from "ai"
import type { StreamEvent } from "#lib/chat-protocol.ts"
import { charCounter, writtenChars } from "./chunk-text.ts"
import { type EventSource, eventSource } from "./event-source.ts"
import type { AnswerSources } from "./sources.ts"
import type { Recorder } from "./storing/recorder.ts"

/**
 * Sends an answer's chunks to its three destinations: numbered to readers, into the row, and into the count of what
 * is charged.
 */
export interface AnswerOutput extends Pick<EventSource, "events" | "idAhead" | "close"> {
  /** what this generation has to pay for so far */
  readonly said: { chars: number; hasCalled: boolean }
  send(chunk: UIMessageChunk): void
  /** Sends a chunk, without sources that were cited before and with those that its tool has found. */
  sendWithSources(chunk: UIMessageChunk): void
  /** Records and counts an event that is in the log already, without sending it again. */
  adopt(event: StreamEvent): void
  /** Excludes everything so far from the count: another generation pays for it. */
  resetCount(): void
  /** Sends the last chunks and closes the stream. A later call does nothing: readers find what is stored by then. */
  publishEnding(chunks: UIMessageChunk[]): void
}

interface AnswerOutputOptions {
  epoch: number
  /** number of the event before this generation's first */
  lastSeq: number
  record: Recorder
  sources: AnswerSources
  /** Returns true once the generation is handed over: from then on nothing is sent. */
  isHandedOver: () => boolean
}

export function answerOutput({ epoch, lastSeq, record, sources, isHandedOver }: AnswerOutputOptions): AnswerOutput {
  const source = eventSource(epoch, lastSeq)
  let written = charCounter(writtenChars)
  let hasCalled = false
  let isEndingSent = false

  function send(chunk: UIMessageChunk): void {
    // A part that is open at a handover stays open, so that the next producer can continue it.
    if (!isHandedOver()) record.record(source.send(chunk))
  }

  function count(chunk: UIMessageChunk): void {
    written.count(chunk)
    // A call without arguments counts as well.
    if (chunk.type.startsWith("tool-input-")) hasCalled = true
  }

  return {
    events: source.events,
    idAhead: source.idAhead,
    close: source.close,
    get said() {
      return { chars: written.chars, hasCalled }
    },
    send,
    sendWithSources(chunk) {
      count(chunk)
      for (const each of sources.withSources(chunk)) send(each)
    },
    adopt(event) {
      record.record(event)
      count(event.chunk)
      sources.noteSent(event.chunk)
    },
    resetCount() {
      written = charCounter(writtenChars)
      hasCalled = false
    },
    publishEnding(chunks) {
      if (isEndingSent) return
      isEndingSent = true
      for (const chunk of chunks) source.send(chunk)
      source.close()
    },
  }
}
