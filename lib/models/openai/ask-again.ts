/**
 * Asks a server, and once more without what it refuses of the request. What one model was asked without is remembered,
 * so that its next answers begin at the first try.
 */
import type { LanguageModelV4CallOptions, LanguageModelV4Prompt, SharedV4Warning } from "@ai-sdk/provider"
import { askedWithout, kindOf, type SentThoughts } from "./asked-without.ts"
import { bodyWithout, optionalIn } from "./body-without.ts"
import type { ProviderAnswer, ProviderRefusal, Send } from "./exchange.ts"
import { refused } from "./provider-failure.ts"
import type { ThinkingHabit } from "./reader/think-tags.ts"
import { type JsonObject, listOf } from "./reader/wire-json.ts"
import { type Change, changesNamedIn, guessesAt, isForGood } from "./refusal-words.ts"

interface AskOptions {
  /** makes the body of a request, as the library has it */
  prepare: (call: LanguageModelV4CallOptions) => PromiseLike<{ body: JsonObject; warnings: SharedV4Warning[] }>
  send: Send
  /** never sent to this model, as the operator has it */
  omits: readonly Change[]
  habit: ThinkingHabit
  nowMs?: () => number
}

interface Asked {
  reply: ProviderAnswer
  body: JsonObject
  /** also what of the call was left out that whoever asked would miss: "tools", "image", "pdf" */
  warnings: SharedV4Warning[]
}

/** A server may learn: then one refused request finds out that it has not. */
const rememberedMs = 60 * 60_000
/** Requests for one answer. Each but the first leaves something else out. */
const mostRequests = 9

/** @returns asks one model. It throws the refusal where nothing of the request is its cause, or all is left out in vain */
export function askingAgain({ prepare, send, omits, habit, nowMs = Date.now }: AskOptions) {
  const rememberedUntilMs = new Map<Change, number>()

  async function requestOf(call: LanguageModelV4CallOptions, changes: ReadonlySet<Change>) {
    const thoughts = thoughtsOf(changes, habit)
    const asked = askedWithout(call, changes, thoughts)
    const { body, warnings } = await prepare(asked)
    // Without the options a streamed answer reports no tokens, and none could be charged.
    const streamed = bodyWithout({ ...body, stream: true, stream_options: { include_usage: true } }, changes)
    const leavable = leavableIn(asked, streamed, thoughts).filter((change) => !changes.has(change))
    const may = new Set([...optionalIn(streamed), ...leavable])
    return { body: streamed, may, warnings: [...warnings, ...missedOf(call, changes)] }
  }

  return async (call: LanguageModelV4CallOptions): Promise<Asked> => {
    const known = [...omits, ...[...rememberedUntilMs.keys()].filter((change) => !isForgotten(change))]
    const named = new Set<Change>()
    const passing = new Set<Change>()
    let guess: Change[] = []
    let guesses: Change[][] | undefined
    let vague: ProviderRefusal | undefined
    for (let requests = 1; ; requests++) {
      const request = await requestOf(call, new Set([...known, ...named, ...guess]))
      const { body, may, warnings } = request
      const reply = await send({ body, headers: call.headers, signal: call.abortSignal })
      if (reply.kind === "answer") {
        for (const change of [...named, ...guess])
          if (!passing.has(change)) rememberedUntilMs.set(change, nowMs() + rememberedMs)
        return { reply, body, warnings }
      }
      if (vague && isOther(reply, vague)) {
        // The guess was right, and now something else is refused.
        for (const change of guess) named.add(change)
        vague = undefined
        guesses = undefined
      }
      const next = changesNamedIn(reply, may)
      for (const change of next) {
        named.add(change)
        if (!isForGood(reply)) passing.add(change)
      }
      guess = []
      if (next.length === 0) {
        guesses ??= eachThenAll(guessesAt(reply, may))
        vague ??= reply
        guess = guesses.shift() ?? []
      }
      const isInVain = next.length === 0 && guess.length === 0
      if (isInVain || requests === mostRequests) throw refused(vague ?? reply)
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

/** What there is in a request, by the names in `Change`, beside the fields of its body. */
function leavableIn({ prompt, tools = [] }: LanguageModelV4CallOptions, body: JsonObject, thoughts: SentThoughts) {
  const may: Change[] = []
  const types = new Set(prompt.flatMap(({ content }) => (typeof content === "string" ? [] : content.map(typeOf))))
  if (tools.length > 0 || types.has("tool-call")) may.push("tools")
  if (listOf(body["tools"]).length > 0) may.push("schema")
  if (prompt.some(({ role }) => role === "system")) may.push("system")
  if (types.has("tool-call")) may.push("tool_ids", "signatures", ...(thoughts === "with-calls" ? [] : ["own_thoughts"]))
  if (types.has("reasoning")) may.push("thoughts")
  if (body["stream"] === true) may.push("stream")
  return [...may, ...filesIn(prompt)]
}

function typeOf({ type }: { type: string }): string {
  return type
}

function filesIn(prompt: LanguageModelV4Prompt): Change[] {
  const parts = prompt.flatMap((message) => (message.role === "user" ? message.content : []))
  return parts.flatMap((part) => (part.type === "file" ? (kindOf(part) ?? []) : []))
}

function missedOf({ prompt, tools = [] }: LanguageModelV4CallOptions, changes: ReadonlySet<Change>): SharedV4Warning[] {
  const missed = new Set([...(tools.length > 0 ? ["tools"] : []), ...filesIn(prompt)])
  return [...missed].filter((change) => changes.has(change)).map((feature) => ({ type: "unsupported", feature }))
}

/** One after the other, then all of them together. */
function eachThenAll(changes: Change[]): Change[][] {
  const each = changes.map((change) => [change])
  return changes.length > 1 ? [...each, changes] : each
}

/** But for numbers and ids, which differ from request to request. */
function isOther(refusal: ProviderRefusal, before: ProviderRefusal): boolean {
  const wordsOf = ({ text }: ProviderRefusal) => text.replace(/[\w-]*\d[\w-]*/g, "")
  return wordsOf(refusal) !== wordsOf(before)
}
