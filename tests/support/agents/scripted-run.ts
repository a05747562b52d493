/** A run of an agent that lives in the test: it goes on while no process listens, and keeps what it says until one does. */
import type { ChatMessagePart } from "#lib/chat-protocol.ts"

/** What a run does next. A call is `asked` for before it runs, and has its `result` once it has run. */
export type Beat =
  | { text: string }
  | { thought: string }
  | { call: string; toolName?: string; input?: object }
  | { progress: string; of: string }
  | { result: string; of: string }
  | { asks: string; approvalId: string }

export type Update =
  | { kind: "beat"; beat: Beat; segment: number }
  | { kind: "refused"; of: string }
  | { kind: "over" }
  | { kind: "broke"; error: Error }

export interface ScriptedRun {
  readonly chatId: string
  /** the stream that writes it now */
  streamId: string
  readonly state: "running" | "waiting" | "over" | "cancelled" | "gone"
  /** calls that have run, by id */
  readonly ran: string[]
  /** readers so far: more than one if it was joined */
  readonly readers: number
  /** Takes the next steps (default: all), as far as a decision is not due. */
  go(beats?: number): void
  decide(parts: ChatMessagePart[]): void
  cancel(): void
  /** Ends as a killed agent does: its readers' connections break. */
  die(): void
  /** Its reader is gone, as a killed process is: what comes is kept for the next one. */
  cut(): void
  /** The next update is lost on its way. */
  loseNext(): void
  /** Opens its stream of updates; an earlier reader gets nothing more. */
  read(): (signal: AbortSignal | undefined) => Promise<Update>
  /** the texts and thoughts said so far, as the agent has stored them */
  said(): Beat[]
}

export function scriptedRun(chatId: string, streamId: string, beats: Beat[]): ScriptedRun {
  const queue: Update[] = []
  const ran: string[] = []
  const refused = new Set<string>()
  let state: ScriptedRun["state"] = "running"
  let next = 0
  let segment = 0
  let readers = 0
  let connection = 0
  let losesNext = false
  let wake: (() => void) | undefined

  function send(update: Update): void {
    if (losesNext) losesNext = false
    else queue.push(update)
    wake?.()
  }

  function step(beat: Beat): void {
    const before = beats[next - 1]
    if (!before || Object.keys(before)[0] !== Object.keys(beat)[0]) segment += 1
    next += 1
    if ("asks" in beat) state = "waiting"
    const isRefused = "result" in beat && refused.has(beat.of)
    if ("result" in beat && !isRefused) ran.push(beat.of)
    send(isRefused ? { kind: "refused", of: beat.of } : { kind: "beat", beat, segment })
  }

  const run: ScriptedRun = {
    chatId,
    streamId,
    get state() {
      return state
    },
    ran,
    get readers() {
      return readers
    },
    go(count = beats.length) {
      for (let taken = 0; taken < count && state === "running"; taken++) {
        const beat = beats[next]
        if (beat) step(beat)
        if (next < beats.length) continue
        if (state !== "running") return
        state = "over"
        send({ kind: "over" })
      }
    },
    decide(parts) {
      if (state !== "waiting") return
      const asked = beats[next - 1]
      for (const part of parts) {
        if (!("approval" in part) || !asked || !("asks" in asked) || part.approval?.id !== asked.approvalId) continue
        if (part.approval.approved === false) refused.add(asked.asks)
        state = "running"
      }
    },
    cancel() {
      if (state === "running" || state === "waiting") state = "cancelled"
    },
    die() {
      state = "gone"
      queue.length = 0
      queue.push({ kind: "broke", error: new Error("connect ECONNREFUSED http://goose.internal:3284") })
      wake?.()
    },
    cut() {
      connection += 1
    },
    loseNext() {
      losesNext = true
    },
    read() {
      readers += 1
      const own = ++connection
      return async function take(signal): Promise<Update> {
        for (;;) {
          signal?.throwIfAborted()
          const update = own === connection ? queue.shift() : undefined
          if (update) return update
          await new Promise<void>((resolve) => {
            if (own === connection) wake = resolve
            signal?.addEventListener("abort", () => resolve(), { once: true })
          })
        }
      }
    },
    said: () => beats.slice(0, next),
  }
  return run
}
