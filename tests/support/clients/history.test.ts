/** The checker is worth something only if it detects violations: there is one broken history for every rule. */
import type { UIMessageChunk } from "ai"
import { expect, test } from "vitest"
import type { EventId } from "#lib/chat-protocol.ts"
import { checkHistory, type HistoryLine } from "./history.ts"
import { type HistoryWriter, historyWriter } from "./history-writer.ts"

const streamId = "a stream"
const chunks: UIMessageChunk[] = [
  { type: "start", messageId: "an answer" },
  { type: "text-start", id: "0" },
  { type: "text-delta", id: "0", delta: "one " },
  { type: "text-delta", id: "0", delta: "two " },
  { type: "text-delta", id: "0", delta: "three" },
  { type: "text-end", id: "0" },
  { type: "finish", messageMetadata: { status: "COMPLETE" } },
]
const stored = {
  streamId,
  status: "COMPLETE",
  text: "one two three",
  lastEventId: "1-7",
  epoch: 1,
  modelCalls: 1,
  charges: 1,
} as const
const merged: UIMessageChunk = { type: "text-delta", id: "0", delta: "one two three" }

test("a complete history passes: read live, read merged, resumed after a break, reset, and left early", () => {
  const history = wholeHistory()
  const second = history.reader("second tab", streamId)
  for (const seq of [1, 2]) second.event(idOf(seq), chunkOf(seq), true)
  second.event("1-5", merged, true)
  for (const seq of [6, 7]) second.event(idOf(seq), chunkOf(seq), false)
  const third = history.reader("third tab", streamId)
  read(third, [1, 2, 3])
  third.reset()
  read(third, [1, 2, 3, 4, 5, 6, 7])
  const fourth = history.reader("fourth tab", streamId)
  read(fourth, [1, 2, 3, 4])
  fourth.left()
  const fifth = history.reader("fifth tab, from the store", streamId)
  fifth.event(undefined, merged, false)
  fifth.event(undefined, chunkOf(7), false)
  expect(() => checkHistory(history.lines)).not.toThrow()
})

test("a takeover continues the numbering under its own epoch, and may ask the model once more", () => {
  const history = historyWriter()
  const reader = history.reader("first tab", streamId)
  read(reader, [1, 2, 3])
  for (const seq of [4, 5, 6, 7]) reader.event(`2-${seq}`, chunkOf(seq), false)
  history.stored({ ...stored, lastEventId: "2-7", epoch: 2, modelCalls: 2 })
  expect(() => checkHistory(history.lines)).not.toThrow()
})

test("readers of an interrupted answer may have seen at most two saves more than was stored", () => {
  const interrupted = { ...stored, status: "INTERRUPTED", text: "one ", lastEventId: undefined } as const
  const history = (shown: string) =>
    historyOf((written) => {
      const reader = written.reader("first tab", streamId)
      read(reader, [1, 2])
      reader.event("1-3", { type: "text-delta", id: "0", delta: shown }, false)
      reader.event("2-4", { type: "error", errorText: "It was interrupted." }, false)
      written.stored(interrupted)
    })
  expect(() => checkHistory(history(`one ${"x".repeat(400)}`))).not.toThrow()
  expect(() => checkHistory(history(`one ${"x".repeat(401)}`))).toThrow(/first tab showed 405 characters/)
  expect(() => checkHistory(history("two "))).toThrow(/first tab showed/)
  expect(() => checkHistory(history("o"))).toThrow(/first tab showed/)
})

const broken: [rule: string, sentence: RegExp, write: (history: HistoryWriter) => void][] = [
  [
    "an event is missing",
    /second tab misses what is between 1-2 and 1-4/,
    (history) => read(history.reader("second tab", streamId), [1, 2, 4, 5, 6, 7]),
  ],
  [
    "the first event is missing",
    /second tab misses what is between the beginning and 1-2/,
    (history) => read(history.reader("second tab", streamId), [2, 3, 4, 5, 6, 7]),
  ],
  [
    "something that is no delta is missing in the backlog",
    /second tab misses what is between 1-5 and 1-7/,
    (history) => {
      const reader = history.reader("second tab", streamId)
      for (const seq of [1, 2, 3, 4, 5, 7]) reader.event(idOf(seq), chunkOf(seq), true)
    },
  ],
  [
    "an event comes twice",
    /second tab has 1-3 after 1-3/,
    (history) => read(history.reader("second tab", streamId), [1, 2, 3, 3, 4, 5, 6, 7]),
  ],
  [
    "a reader begins anew without a reset",
    /second tab has 1-1 after 1-3/,
    (history) => read(history.reader("second tab", streamId), [1, 2, 3, 1, 2, 3, 4, 5, 6, 7]),
  ],
  [
    "an older producer's event comes after a takeover's",
    /second tab has 1-5 after 2-4/,
    (history) => {
      const reader = history.reader("second tab", streamId)
      read(reader, [1, 2, 3])
      reader.event("2-4", chunkOf(4), false)
      read(reader, [5, 6, 7])
    },
  ],
  [
    "two readers have something else under one id",
    /first tab and second tab differ at 1-4/,
    (history) => {
      const reader = history.reader("second tab", streamId)
      read(reader, [1, 2, 3])
      reader.event("1-4", { type: "text-delta", id: "0", delta: "TWO " }, false)
      read(reader, [5, 6, 7])
    },
  ],
  [
    "a merged delta lacks a word",
    /first tab and second tab differ at 1-5/,
    (history) => {
      const reader = history.reader("second tab", streamId)
      read(reader, [1, 2])
      reader.event("1-5", { type: "text-delta", id: "0", delta: "one three" }, true)
      read(reader, [6, 7])
    },
  ],
  [
    "a reader is left hanging",
    /second tab never came to an end/,
    (history) => read(history.reader("second tab", streamId), [1, 2, 3]),
  ],
  [
    "a reader ends twice",
    /second tab has 2 ends/,
    (history) => {
      const reader = history.reader("second tab", streamId)
      read(reader, [1, 2, 3, 4, 5, 6, 7])
      reader.event("1-7", chunkOf(7), false)
    },
  ],
  [
    "a clean end hides a hole that no other reader can prove",
    /second tab showed 3 characters ending in "one", stored is 13 characters/,
    (history) => {
      const reader = history.reader("second tab", streamId)
      reader.event(undefined, { type: "text-delta", id: "0", delta: "one" }, false)
      reader.event(undefined, chunkOf(7), false)
    },
  ],
  [
    "a reader was told of an error where all went well",
    /second tab ended undefined, stored is COMPLETE/,
    (history) => {
      const reader = history.reader("second tab", streamId)
      read(reader, [1, 2, 3, 4, 5, 6])
      reader.event("1-7", { type: "error", errorText: "It was interrupted." }, false)
    },
  ],
  [
    "a reader that left had been shown what is not stored",
    /second tab showed 4 characters ending in "two "/,
    (history) => {
      const reader = history.reader("second tab", streamId)
      reader.event(undefined, { type: "text-delta", id: "0", delta: "two " }, false)
      reader.left()
    },
  ],
]

test.each(broken)("the check finds that %s", (_rule, sentence, write) => {
  const history = wholeHistory()
  write(history)
  expect(() => checkHistory(history.lines)).toThrow(sentence)
})

const brokenEnds: [rule: string, sentence: RegExp, end: Partial<Extract<HistoryLine, { kind: "stored" }>>][] = [
  ["the stored text is another", /first tab showed 13 characters/, { text: "one two" }],
  ["the stored status is another", /first tab ended COMPLETE, stored is STOPPED/, { status: "STOPPED" }],
  ["the answer never ended", /it never ended: the stored status is STREAMING/, { status: "STREAMING" }],
  ["somebody was told more after the end", /first tab has 1-7, after the end at 1-5/, { lastEventId: "1-5" }],
  ["it was charged twice", /charged 2 times/, { charges: 2 }],
  ["it was not charged", /not charged/, { charges: 0 }],
  ["the model was asked twice", /asked 2 times, with 0 takeovers/, { modelCalls: 2 }],
  ["nobody asked the model", /never asked/, { modelCalls: 0 }],
]

test.each(brokenEnds)("the check finds that %s", (_rule, sentence, end) => {
  const lines = historyOf((history) => {
    read(history.reader("first tab", streamId), [1, 2, 3, 4, 5, 6, 7])
    history.stored({ ...stored, ...end })
  })
  expect(() => checkHistory(lines)).toThrow(sentence)
})

test("the check finds a stream that was read and never stored, or stored twice", () => {
  const read1 = (history: HistoryWriter) => read(history.reader("first tab", streamId), [1, 2, 3, 4, 5, 6, 7])
  expect(() => checkHistory(historyOf(read1))).toThrow(/stored 0 times/)
  const twice = wholeHistory()
  twice.stored(stored)
  expect(() => checkHistory(twice.lines)).toThrow(/stored 2 times/)
})

test("the check finds an event after the end: a stopped answer continues", () => {
  const history = historyWriter()
  const reader = history.reader("first tab", streamId)
  read(reader, [1, 2, 3])
  reader.event("1-4", { type: "message-metadata", messageMetadata: { status: "STOPPED" } }, false)
  reader.event("1-5", { type: "abort" }, false)
  history.stored({ ...stored, status: "STOPPED", text: "one ", lastEventId: "1-5" })
  expect(() => checkHistory(history.lines)).not.toThrow()
  reader.event("1-6", chunkOf(4), false)
  expect(() => checkHistory(history.lines)).toThrow(/first tab has 1-6, after the end at 1-5/)
  expect(() => checkHistory(history.lines)).toThrow(/first tab has something after its end/)
})

test("events of a dead producer beyond its successor's start do not count as events after the end", () => {
  const history = historyWriter()
  const reader = history.reader("first tab", streamId)
  read(reader, [1, 2, 3, 4, 5, 6])
  reader.reset()
  read(reader, [1, 2, 3])
  reader.event("2-4", { type: "message-metadata", messageMetadata: { status: "STOPPED" } }, false)
  reader.event("2-5", { type: "abort" }, false)
  history.stored({ ...stored, status: "STOPPED", text: "one ", lastEventId: "2-5", epoch: 2 })
  expect(() => checkHistory(history.lines)).not.toThrow()
})

/** One tab that read everything, and the producer's end. */
function wholeHistory(): HistoryWriter {
  const history = historyWriter()
  read(history.reader("first tab", streamId), [1, 2, 3, 4, 5, 6, 7])
  history.stored(stored)
  return history
}

function historyOf(write: (history: HistoryWriter) => void): HistoryLine[] {
  const history = historyWriter()
  write(history)
  return history.lines
}

function read(reader: ReturnType<HistoryWriter["reader"]>, seqs: number[]): void {
  for (const seq of seqs) reader.event(idOf(seq), chunkOf(seq), false)
}

function idOf(seq: number): EventId {
  return `1-${seq}`
}

function chunkOf(seq: number): UIMessageChunk {
  const chunk = chunks[seq - 1]
  if (!chunk) throw new Error(`the answer has no event ${seq}`)
  return chunk
}
