/**
 * Sends a request, and repeats it without the parts that a server refuses. Remembers per model what was left out, so
 * that later answers succeed at the first try.
 */
import type { LanguageModelV4CallOptions, LanguageModelV4Prompt, SharedV4Warning } from "@ai-sdk/provider"
import { bodyWithout, optionalIn } from "./body-without.ts"
import type { ProviderAnswer, ProviderRefusal, Send } from "./exchange.ts"
import { refused } from "./provider-failure.ts"
import type { ThinkingHabit } from "./reader/think-tags.ts"
import { type JsonObject, listOf } from "./reader/wire-json.ts"
import { type Change, changesNamedIn, guessesAt, isForGood } from "./refusal-words.ts"
import { kindOf, type SentThoughts, withoutRefused } from "./without-refused.ts"

interface AskOptions {
  /** builds a request's body with the library */
  prepare: (call: LanguageModelV4CallOptions) => PromiseLike<{ body: JsonObject; warnings: SharedV4Warning[] }>
  send: Send
  /** left out of every request, as the operator configured */
  omits: readonly Change[]
  habit: ThinkingHabit
  nowMs?: () => number
}

interface Reply {
  reply: ProviderAnswer
  body: JsonObject
  /** also names what the caller would miss: "tools", "image", "pdf" */
  warnings: SharedV4Warning[]
}

/** A server may be upgraded: after this time one request tries the full form again. */
const rememberedMs = 60 * 60_000
/** Limits the requests for one answer; each one after the first leaves something else out. */
const maxRequests = 9

/**
 * Returns a function that asks one model. It throws the refusal if no part of the request caused it, or leaving parts
 * out did not help.
 */
export function retryingWithout({ prepare, send, omits, habit, nowMs = Date.now }: AskOptions) {
  const rememberedUntilMs = new Map<Change, number>()

  async function requestOf(call: LanguageModelV4CallOptions, changes: ReadonlySet<Change>) {
    const thoughts = thoughtsOf(changes, habit)
    const reduced = withoutRefused(call, changes, thoughts)
    const { body, warnings } = await prepare(reduced)
    // Without these options a streamed answer reports no tokens, so none could be charged.
    const streamed = bodyWithout({ ...body, stream: true, stream_options: { include_usage: true } }, changes)
    const droppable = droppableIn(reduced, streamed, thoughts).filter((change) => !changes.has(change))
    const droppables = new Set([...optionalIn(streamed), ...droppable])
    return { body: streamed, droppables, warnings: [...warnings, ...missingFeatures(call, changes)] }
  }

  return async (call: LanguageModelV4CallOptions): Promise<Reply> => {
    const known = [...omits, ...[...rememberedUntilMs.keys()].filter((change) => !isForgotten(change))]
    const named = new Set<Change>()
    const temporary = new Set<Change>()
    let guess: Change[] = []
    let guesses: Change[][] | undefined
    let unclearRefusal: ProviderRefusal | undefined
    for (let requests = 1; ; requests++) {
      const request = await requestOf(call, new Set([...known, ...named, ...guess]))
      const { body, droppables, warnings } = request
      const reply = await send({ body, headers: call.headers, signal: call.abortSignal })
      if (reply.kind === "answer") {
        for (const change of [...named, ...guess])
          if (!temporary.has(change)) rememberedUntilMs.set(change, nowMs() + rememberedMs)
        return { reply, body, warnings }
      }
      if (unclearRefusal && isDifferent(reply, unclearRefusal)) {
        // The guess was right, and the server now refuses something else.
        for (const change of guess) named.add(change)
        unclearRefusal = undefined
        guesses = undefined
      }
      const next = changesNamedIn(reply, droppables)
      for (const change of next) {
        named.add(change)
        if (!isForGood(reply)) temporary.add(change)
      }
      guess = []
      if (next.length === 0) {
        guesses ??= eachThenAll(guessesAt(reply, droppables))
        unclearRefusal ??= reply
        guess = guesses.shift() ?? []
      }
      const isExhausted = next.length === 0 && guess.length === 0
      if (isExhausted || requests === maxRequests) throw refused(unclearRefusal ?? reply)
    }
  }

  function isForgotten(change: Change): boolean {
    return nowMs() > (rememberedUntilMs.get(change) ?? 0)
  }
}

function thoughtsOf(changes: ReadonlySet<Change>, habit: ThinkingHabit): SentThoughts {
  if (changes.has("thoughts")) return "none"
  if (changes.has("own_thoughts")) return "with-calls"
  return habit.hasThoughtField ? "since-question" : "none"
}

/** Lists what can be left out besides the fields of the body, by the names in `Change`. */
function droppableIn({ prompt, tools = [] }: LanguageModelV4CallOptions, body: JsonObject, thoughts: SentThoughts) {
  const droppables: Change[] = []
  const types = new Set(prompt.flatMap(({ content }) => (typeof content === "string" ? [] : content.map(typeOf))))
  if (tools.length > 0 || types.has("tool-call")) droppables.push("tools")
  if (listOf(body["tools"]).length > 0) droppables.push("schema")
  if (prompt.some(({ role }) => role === "system")) droppables.push("system")
  if (types.has("tool-call"))
    droppables.push("tool_ids", "signatures", ...(thoughts === "with-calls" ? [] : ["own_thoughts"]))
  if (types.has("reasoning")) droppables.push("thoughts")
  if (body["stream"] === true) droppables.push("stream")
  return [...droppables, ...filesIn(prompt)]
}

function typeOf({ type }: { type: string }): string {
  return type
}

function filesIn(prompt: LanguageModelV4Prompt): Change[] {
  const parts = prompt.flatMap((message) => (message.role === "user" ? message.content : []))
  return parts.flatMap((part) => (part.type === "file" ? (kindOf(part) ?? []) : []))
}

function missingFeatures(
  { prompt, tools = [] }: LanguageModelV4CallOptions,
  changes: ReadonlySet<Change>,
): SharedV4Warning[] {
  const missed = new Set([...(tools.length > 0 ? ["tools"] : []), ...filesIn(prompt)])
  return [...missed].filter((change) => changes.has(change)).map((feature) => ({ type: "unsupported", feature }))
}

/** Tries each change alone, then all together. */
function eachThenAll(changes: Change[]): Change[][] {
  const each = changes.map((change) => [change])
  return changes.length > 1 ? [...each, changes] : each
}

/** Compares refusals without numbers and ids, which differ from request to request. */
function isDifferent(refusal: ProviderRefusal, before: ProviderRefusal): boolean {
  const wordsOf = ({ text }: ProviderRefusal) => text.replace(/[\w-]*\d[\w-]*/g, "")
  return wordsOf(refusal) !== wordsOf(before)
}
