/**
 * What happened to streams, line by line, and the rules it must keep. Tests write it while they break things;
 * `checkHistory` finds out afterwards whether any reader was shown anything but the stored answer.
 */
import { type EventId, type FinalStatus, isFinal, type MessageStatus, parseEventId } from "#lib/chat-protocol.ts"

interface Line {
  /** since the history began */
  tMs: number
  /** the reader: a name unique to one tab or other client */
  reader: string
  streamId: string
}

export type HistoryLine = Line &
  (
    | {
        kind: "event"
        /** undefined in a stored message's stream, which has no positions */
        id: EventId | undefined
        /**
         * Of everything the reader has up to this id, neighbouring deltas joined. So a reader that got ten deltas
         * merged into one has the same hash at the last one's id as a reader that got them one by one: equal hashes
         * mean that what the two show at that point is the same, not only the chunk.
         */
        hash: string
        /** a delta from the backlog, which stands for all deltas up to its id */
        isMerged: boolean
      }
    /** the reader discards its text and starts over */
    | { kind: "reset" }
    /** the chunk that ends the stream; its status is undefined if an error is all the reader heard */
    | { kind: "end"; status: FinalStatus | undefined; text: string }
    /** left by itself before the end */
    | { kind: "left"; text: string }
    /** the producer's end, as recorded by database, model and bill */
    | {
        kind: "stored"
        status: MessageStatus
        text: string
        /** of the event that ended the stream, where its producer lived to write it */
        lastEventId: EventId | undefined
        epoch: number
        /** undefined for an agent, which asks a model of its own */
        modelCalls: number | undefined
        charges: number
      }
  )

type LineOf<Kind extends HistoryLine["kind"]> = Extract<HistoryLine, { kind: Kind }>

/**
 * How far the stored text of a dead producer's answer may lag behind the shown text: 200 characters between two
 * saves, and the text during a save, for which no word waits.
 */
const mayLagChars = 400

/** @throws Error with a sentence for every broken rule */
export function checkHistory(lines: readonly HistoryLine[]): void {
  const broken = [...Map.groupBy(lines, (line) => line.streamId)].flatMap(([streamId, ofStream]) =>
    [...brokenRules(ofStream)].map((sentence) => `stream ${streamId}: ${sentence}`),
  )
  if (broken.length > 0) throw new Error(`the history is broken:\n${broken.join("\n")}`)
}

function* brokenRules(lines: HistoryLine[]): Generator<string> {
  const stored = lines.filter((line) => line.kind === "stored")
  const [end] = stored
  if (!end || stored.length > 1) return yield `it is stored ${stored.length} times`
  if (!isFinal(end.status)) yield `it never ended: the stored status is ${end.status}`
  yield* brokenBill(end)
  yield* differentHashes(lines)
  const readers = Map.groupBy(
    lines.filter((line) => line.kind !== "stored"),
    (line) => line.reader,
  )
  for (const [reader, ofReader] of readers)
    for (const sentence of [...brokenIds(ofReader, end), ...brokenEnd(ofReader, end)]) yield `${reader} ${sentence}`
}

function* brokenBill({ status, text, charges, modelCalls, epoch }: LineOf<"stored">): Generator<string> {
  if (charges > 1) yield `it was charged ${charges} times`
  if (charges === 0 && (status === "COMPLETE" || text !== "")) yield "it was not charged"
  const takeovers = epoch - 1
  if (modelCalls !== undefined && modelCalls > 1 + takeovers)
    yield `the model was asked ${modelCalls} times, with ${takeovers} takeovers`
  if (modelCalls === 0 && status === "COMPLETE") yield "the model was never asked"
}

function* differentHashes(lines: HistoryLine[]): Generator<string> {
  const seen = new Map<EventId, LineOf<"event">>()
  for (const line of lines) {
    if (line.kind !== "event" || line.id === undefined) continue
    const first = seen.get(line.id)
    if (!first) seen.set(line.id, line)
    else if (first.hash !== line.hash) yield `${first.reader} and ${line.reader} differ at ${line.id}`
  }
}

/** Two whole ids, the second the first's successor; a merged delta may be further on. A takeover counts on in its epoch. */
function* brokenIds(lines: HistoryLine[], stored: LineOf<"stored">): Generator<string> {
  const last = stored.lastEventId && parseEventId(stored.lastEventId)
  let before = { epoch: 1, seq: 0 }
  for (const line of lines) {
    if (line.kind === "reset") before = { epoch: 1, seq: 0 }
    if (line.kind !== "event" || line.id === undefined) continue
    const place = parseEventId(line.id)
    if (!place) return yield `has an event with the id ${line.id}`
    if (place.epoch < before.epoch || place.seq <= before.seq) yield `has ${line.id} after ${idOf(before)}`
    else if (place.seq > before.seq + 1 && !line.isMerged) yield `misses what is between ${idOf(before)} and ${line.id}`
    // A reset took back a dead producer's words beyond the place where its successor began.
    if (last && place.epoch >= last.epoch && place.seq > last.seq)
      yield `has ${line.id}, after the end at ${stored.lastEventId}`
    before = place
  }
}

function idOf({ epoch, seq }: { epoch: number; seq: number }): string {
  return seq === 0 ? "the beginning" : `${epoch}-${seq}`
}

function* brokenEnd(lines: HistoryLine[], stored: LineOf<"stored">): Generator<string> {
  const ends = lines.filter((line) => line.kind === "end" || line.kind === "left")
  const [end] = ends
  if (!end) return yield "never came to an end"
  if (ends.length > 1) yield `has ${ends.length} ends`
  if (lines.indexOf(end) < lines.length - 1) yield "has something after its end"
  if (end.kind === "end" && !isSameEnd(end.status, stored.status))
    yield `ended ${end.status}, stored is ${stored.status}`
  const different = end.kind === "left" ? !isPrefix(end.text, stored) : !isWhole(end.text, stored)
  if (different) yield `showed ${tailOf(end.text)}, stored is ${tailOf(stored.text)}`
}

function isSameEnd(told: FinalStatus | undefined, stored: MessageStatus): boolean {
  return told === undefined ? stored === "ERROR" || stored === "INTERRUPTED" : told === stored
}

/** The text of an answer whose producer died may have been shown a little further than it was saved. */
function isWhole(shown: string, { text, ...stored }: LineOf<"stored">): boolean {
  if (!hasDied(stored)) return shown === text
  return shown.startsWith(text) && shown.length - text.length <= mayLagChars
}

/** Nobody lived to send the end, and no log had it all: INTERRUPTED, or STOPPED where that had been asked for. */
function hasDied({ status, lastEventId }: Pick<LineOf<"stored">, "status" | "lastEventId">): boolean {
  return (status === "INTERRUPTED" || status === "STOPPED") && lastEventId === undefined
}

/** A dead producer may have shown readers who left words that reached no log. */
function isPrefix(shown: string, stored: LineOf<"stored">): boolean {
  const { text, status, epoch } = stored
  if (text.startsWith(shown)) return true
  const wasTakenOver = epoch > 1 && (status === "STOPPED" || status === "INTERRUPTED")
  return (hasDied(stored) || wasTakenOver) && shown.startsWith(text) && shown.length - text.length <= mayLagChars
}

function tailOf(text: string): string {
  return `${text.length} characters ending in ${JSON.stringify(text.slice(-30))}`
}
