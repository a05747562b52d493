/**
 * Models for tests: they send exactly the scripted parts, and wait for the test where it asks them to.
 * `await model.emitted("two")` waits for the event; nothing here waits for time unless `paceMs` says so.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider"
import { type Beat, playBeats, type Wait } from "#lib/models/demo/paced-stream.ts"
import { toolResultsSinceQuestion } from "#lib/models/demo/prompt.ts"
import { beatsOf, contentOf, finishReasonOf, type ScriptedStep, usageOf } from "#lib/models/demo/script.ts"

/** A text, the steps of an answer with tool calls, or a function of the call. */
export type Script = string | ScriptedStep[] | ((call: LanguageModelV4CallOptions) => string | ScriptedStep)

/** How a stream ends: as it should; since it may get no longer; cut off; never; with an error part; or by failing itself. */
type Ending = "finish" | "length" | "cut-off" | "stall" | { errorPart: unknown } | { failure: unknown }

export interface ScriptedOptions {
  modelId?: string
  /** UTF-16 code units a chunk, so that 1 splits surrogate pairs; default: word by word */
  chunkChars?: number
  /** each chunk waits for `release`; default false: as fast as it is read */
  held?: boolean
  /** real milliseconds between chunks, where something has to be watched in real time; default none */
  paceMs?: number
  ending?: Ending
}

export interface TestModel extends LanguageModelV4 {
  /** every call so far, with the prompt it was given */
  readonly calls: LanguageModelV4CallOptions[]
  /** how many of them were aborted, or lost their reader, before they had said everything */
  readonly brokenOff: number
  /** Releases `count` chunks (default: all there will ever be). */
  release(chunks?: number): void
  /** From now on each chunk waits for `release`. */
  hold(): void
  /** Lets chunks go until one answer contains the text. */
  releaseUntil(text: string): Promise<void>
  /** Resolves once the emitted part of one answer contains the text. */
  emitted(text: string): Promise<void>
  /** Resolves once the model has been called that often (default 1). */
  called(times?: number): Promise<void>
}

/** What every call reports as its prompt's size. */
const inputTokens = 10

/**
 * A model that says this, to every prompt.
 * Calls at the same time share the released chunks, and `emitted` waits for any of them.
 */
export function scripted(script: Script, options: ScriptedOptions = {}): TestModel {
  const { modelId = "scripted-test", held = false, paceMs = 0, ending = "finish" } = options
  const changes = new Changes()
  const calls: LanguageModelV4CallOptions[] = []
  const answers: string[] = []
  let released = held ? 0 : Number.POSITIVE_INFINITY
  let handedOver = 0
  let brokenOff = 0

  const takeRelease = () => released > 0 && released-- > 0
  const says = (text: string) => answers.some((answer) => answer.includes(text))

  function release(chunks: number): void {
    released += chunks
    changes.tell()
  }

  function record(call: LanguageModelV4CallOptions): number {
    calls.push(call)
    answers.push("")
    changes.tell()
    return calls.length - 1
  }

  // A beat is asked for when the one before it was read: that is when it counts as emitted.
  function* noted(beats: Iterable<Beat>, index: number): Generator<Beat> {
    let isWhole = false
    try {
      for (const beat of beats) {
        yield beat
        if (beat.waitMs > 0) handedOver += 1
        if (beat.part.type === "text-delta") answers[index] += beat.part.delta
        changes.tell()
      }
      isWhole = true
    } finally {
      if (!isWhole) brokenOff += 1
      changes.tell()
    }
  }

  const wait: Wait = async (waitMs, signal) => {
    if (waitMs === Number.POSITIVE_INFINITY) return changes.until(() => false, signal)
    await changes.until(takeRelease, signal)
    if (paceMs > 0) await sleep(paceMs, undefined, { signal })
  }

  return {
    specificationVersion: "v4",
    provider: "rejoin.test",
    modelId,
    supportedUrls: {},
    calls,
    get brokenOff() {
      return brokenOff
    },
    release: (chunks = Number.POSITIVE_INFINITY) => release(chunks),
    hold() {
      released = 0
    },
    async releaseUntil(text) {
      while (!says(text)) {
        const before = handedOver
        release(1)
        await changes.until(() => handedOver > before)
      }
    },
    emitted: (text) => changes.until(() => says(text)),
    called: (times = 1) => changes.until(() => calls.length >= times),
    async doStream(call) {
      const index = record(call)
      const step = stepOf(script, call)
      // Every chunk has a delay, so that `wait` decides its meaning.
      const pace = { tokensPerSecond: 1, firstTokenMs: 1, split: splitter(options.chunkChars) }
      const beats = withEnding(beatsOf(step, pace, inputTokens), ending)
      return { stream: playBeats(noted(beats, index), { wait, abortSignal: call.abortSignal }) }
    },
    async doGenerate(call) {
      record(call)
      const step = stepOf(script, call)
      return {
        content: contentOf(step),
        finishReason: finishReasonOf(step),
        usage: usageOf(step, inputTokens),
        warnings: [],
      }
    },
  }
}

/** Says the text, then sends an error part, as a provider does that fails half-way. */
export function breaksAfter(text: string, error: unknown, options: ScriptedOptions = {}): TestModel {
  return scripted(text, { ...options, ending: { errorPart: error } })
}

/** Says the text, then its stream itself fails, as a lost connection does. */
export function losesConnectionAfter(text: string, error: unknown, options: ScriptedOptions = {}): TestModel {
  return scripted(text, { ...options, ending: { failure: error } })
}

/** Says the text and closes without a `finish`. */
export function endsWithoutFinish(text: string, options: ScriptedOptions = {}): TestModel {
  return scripted(text, { ...options, ending: "cut-off" })
}

/** Says the text (default: nothing at all), then nothing more until it is aborted. */
export function neverAnswers(text = ""): TestModel {
  return scripted(text, { ending: "stall" })
}

/** Throws as soon as it is called. */
export function failsAtCall(error: unknown): TestModel {
  return scripted(() => {
    throw error
  })
}

/** Says the text one UTF-16 code unit at a time: every surrogate pair arrives in two chunks. */
export function splitsSurrogates(text: string, options: ScriptedOptions = {}): TestModel {
  return scripted(text, { ...options, chunkChars: 1 })
}

function stepOf(script: Script, call: LanguageModelV4CallOptions): ScriptedStep {
  const said = Array.isArray(script) ? (script[toolResultsSinceQuestion(call.prompt).length] ?? script.at(-1)) : script
  const step = typeof said === "function" ? said(call) : said
  return typeof step === "string" ? { text: step } : (step ?? {})
}

function splitter(chunkChars: number | undefined): (text: string) => string[] {
  if (chunkChars === undefined) return (text) => text.match(/\s*\S+|\s+$/g) ?? []
  return (text) =>
    Array.from({ length: Math.ceil(text.length / chunkChars) }, (_, index) =>
      text.slice(index * chunkChars, (index + 1) * chunkChars),
    )
}

function* withEnding(beats: Iterable<Beat>, ending: Ending): Generator<Beat> {
  for (const beat of beats) {
    const { part } = beat
    if (part.type !== "finish" || ending === "finish") yield beat
    else if (ending === "length")
      yield { ...beat, part: { ...part, finishReason: { unified: "length", raw: "length" } } }
    else if (ending === "stall") yield { ...beat, waitMs: Number.POSITIVE_INFINITY }
    else if (typeof ending === "object" && "errorPart" in ending)
      yield { waitMs: 0, part: { type: "error", error: ending.errorPart } }
    else if (typeof ending === "object") throw ending.failure
  }
}

/** Waits for conditions, which are checked at each reported change. */
class Changes {
  #waiting = new Set<() => void>()

  tell(): void {
    for (const look of [...this.#waiting]) look()
  }

  until(isSo: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void) => {
        this.#waiting.delete(look)
        signal?.removeEventListener("abort", onAbort)
        outcome()
      }
      const look = () => {
        if (isSo()) settle(resolve)
      }
      const onAbort = () => settle(() => reject(signal?.reason))
      this.#waiting.add(look)
      if (signal?.aborted) return onAbort()
      signal?.addEventListener("abort", onAbort)
      look()
    })
  }
}
