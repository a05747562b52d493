/** Turns one step of a scripted model into stream parts or content. */
import type { LanguageModelV4Content, LanguageModelV4FinishReason, LanguageModelV4Usage } from "@ai-sdk/provider"
import { generateId } from "ai"
import type { Beat } from "./paced-stream.ts"

/** One call of the model; its fields are sent in this order. */
export interface ScriptedStep {
  reasoning?: string | undefined
  text?: string | undefined
  sources?: { url: string; title: string }[]
  /** ends the step: the next call brings the tool's result */
  toolCall?: { toolName: string; input: Record<string, unknown> } | undefined
  /** number of parallel calls (default 1) */
  times?: number
}

export interface Pace {
  tokensPerSecond: number
  firstTokenMs: number
  /** splits a text into tokens; joined, they are the text again */
  split?: (text: string) => string[]
}

/** Yields a step as the parts of a stream, from `stream-start` to `finish`. */
export function* beatsOf(step: ScriptedStep, pace: Pace, inputTokens = 0): Generator<Beat> {
  const split = pace.split ?? splitTokens
  const waits = waitsOf(pace)
  yield immediate({ type: "stream-start", warnings: [] })
  yield* block("reasoning", step.reasoning ? split(step.reasoning) : [], waits)
  yield* block("text", step.text ? split(step.text) : [], waits)
  for (const source of sourcesOf(step)) yield immediate(source)
  for (const toolCall of toolCallsOf(step)) {
    const { toolCallId: id, toolName, input } = toolCall
    yield { waitMs: waits.next().value, part: { type: "tool-input-start", id, toolName } }
    yield { waitMs: waits.next().value, part: { type: "tool-input-delta", id, delta: input } }
    yield immediate({ type: "tool-input-end", id })
    yield immediate(toolCall)
  }
  yield immediate({ type: "finish", finishReason: finishReasonOf(step), usage: usageOf(step, inputTokens) })
}

/** Returns a step as the content of an answer that is not streamed. */
export function contentOf(step: ScriptedStep): LanguageModelV4Content[] {
  const content: LanguageModelV4Content[] = []
  if (step.reasoning) content.push({ type: "reasoning", text: step.reasoning })
  if (step.text) content.push({ type: "text", text: step.text })
  content.push(...sourcesOf(step))
  content.push(...toolCallsOf(step))
  return content
}

export function finishReasonOf(step: ScriptedStep): LanguageModelV4FinishReason {
  return step.toolCall ? { unified: "tool-calls", raw: "tool_calls" } : { unified: "stop", raw: "stop" }
}

export function usageOf(step: ScriptedStep, inputTokens: number): LanguageModelV4Usage {
  const reasoning = splitTokens(step.reasoning ?? "").length
  const text = splitTokens(step.text ?? "").length + (step.toolCall ? 8 : 0)
  return {
    inputTokens: { total: inputTokens, noCache: inputTokens, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: reasoning + text, text, reasoning },
  }
}

/** Splits a text into pieces of up to five characters, about as long as a real model's tokens, between code points. */
export function splitTokens(text: string): string[] {
  return text.match(/\s*\S{1,5}|\s+$/gu) ?? []
}

function* block(kind: "reasoning" | "text", tokens: string[], waits: Iterator<number, number>): Generator<Beat> {
  if (tokens.length === 0) return
  const id = generateId()
  yield immediate({ type: `${kind}-start`, id })
  for (const delta of tokens) yield { waitMs: waits.next().value, part: { type: `${kind}-delta`, id, delta } }
  yield immediate({ type: `${kind}-end`, id })
}

/** Yields natural-looking waits: each differs by up to 40 %, and the sequence is always the same. */
function* waitsOf({ tokensPerSecond, firstTokenMs }: Pace): Generator<number, never> {
  yield firstTokenMs
  for (let index = 1; ; index++) {
    const fraction = (Math.imul(index, 2_654_435_761) >>> 0) / 2 ** 32
    yield (1000 / tokensPerSecond) * (0.6 + 0.8 * fraction)
  }
}

function immediate(part: Beat["part"]): Beat {
  return { waitMs: 0, part }
}

function sourcesOf(step: ScriptedStep) {
  return (step.sources ?? []).map(
    ({ url, title }) => ({ type: "source", sourceType: "url", id: generateId(), url, title }) as const,
  )
}

function toolCallsOf({ toolCall, times = 1 }: ScriptedStep) {
  if (!toolCall) return []
  const { toolName, input } = toolCall
  return Array.from(
    { length: times },
    () => ({ type: "tool-call", toolCallId: generateId(), toolName, input: JSON.stringify(input) }) as const,
  )
}
