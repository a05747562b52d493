/** Makes the parts of an answer of the events of a provider's stream, and knows how it ended. */
import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart, SharedV4Warning } from "@ai-sdk/provider"
import { brokenOff, failedMeanwhile, lostMeanwhile, unreadable } from "../provider-failure.ts"
import type { WireEvent } from "./event-lines.ts"
import { finishKindOf, normalWord } from "./finish-words.ts"
import { partWriter } from "./part-writer.ts"
import { joinedUsage, modelUsage, type ReportedUsage } from "./reported-usage.ts"
import { type ThinkingHabit, thinkTags } from "./think-tags.ts"
import { toolCalls } from "./tool-calls.ts"
import { chunkIn, type WireChunk, type Words } from "./wire-chunk.ts"
import { parsed } from "./wire-json.ts"

/**
 * "ending": the finish word, or an error, has come; the tokens may follow. "ended": nothing that counts is missing.
 * "over": the provider has said that nothing follows.
 */
export type AnswerPhase = "going-on" | "ending" | "ended" | "over"

export interface AnswerParts {
  readonly phase: AnswerPhase
  event(event: WireEvent): void
  /** Says what is left to say, with the finish. `cause`: what broke the connection, or a silence that was too long */
  end(cause?: unknown): void
}

interface AnswerPartsOptions {
  url: string
  warnings: SharedV4Warning[]
  habit: ThinkingHabit
  send: (part: LanguageModelV4StreamPart) => void
}

export function answerParts({ url, warnings, habit, send }: AnswerPartsOptions): AnswerParts {
  const write = partWriter(send)
  const tags = thinkTags(habit)
  const calls = toolCalls((part) => {
    write.closeThought()
    send(part)
  })
  /** the words that came as deltas, to know what a whole message adds */
  const heard = { text: "", thought: "" }
  let hasMetadata = false
  let hasRefusal = false
  let isDone = false
  let finishWord: unknown
  let usage: ReportedUsage | undefined
  /** what went wrong, as long as no word has come after it */
  let fault: Error | undefined
  /** something that could be read has come */
  let isAnswer = false

  send({ type: "stream-start", warnings })

  function chunk(value: unknown, name: string): void {
    const read = chunkIn(value)
    tellMetadata(read)
    const said = [sayWords(read.delta, read), read.message !== undefined && sayMessage(read.message, read)]
    const isSaid = said.includes(true)
    if (isSaid) fault = undefined
    if (finishKindOf(read.finishWord)) finishWord = read.finishWord
    if (read.usage) usage = joinedUsage(usage, read.usage)
    isAnswer ||= isSaid || finishWord !== undefined || read.id !== undefined
    const error =
      read.error ?? (name === "error" && !isSaid ? { message: JSON.stringify(value), status: undefined } : undefined)
    if (error) fault = failedMeanwhile(url, error)
    else if (read.isStrange && name === "message" && finishWord === undefined)
      fault ??= unreadable(JSON.stringify(value))
  }

  function tellMetadata({ id, model, createdSeconds }: WireChunk): void {
    if (hasMetadata || !(id || model)) return
    hasMetadata = true
    send({
      type: "response-metadata",
      ...(id && { id }),
      ...(model && { modelId: model }),
      ...(createdSeconds && { timestamp: new Date(createdSeconds * 1000) }),
    })
  }

  /** @returns whether there was something */
  function sayWords(words: Words, { callPlace }: WireChunk): boolean {
    const { thought, text, refusal, calls: pieces } = words
    if (words.isThoughtTakenBack) habit.hasThoughtField = true
    if (thought !== "") {
      heard.thought += thought
      tags.expectNone()
      write.thought(thought)
    }
    if (text !== "") {
      heard.text += text
      sayText(text)
    }
    if (refusal !== "") {
      hasRefusal = true
      sayText(refusal)
    }
    const taken = pieces.filter((piece) => calls.take(piece, callPlace)).length
    return thought !== "" || text !== "" || refusal !== "" || taken > 0
  }

  /** Of a whole message what is new in it; or all of it, where it is only its last piece. */
  function sayMessage(message: Words, chunk: WireChunk): boolean {
    const isCumulative = chunk.delta.text !== "" || chunk.delta.thought !== ""
    const isLast = finishKindOf(chunk.finishWord) !== undefined
    // With every delta the message so far (Perplexity): looked at when it is whole.
    if (isCumulative && !isLast) return false
    const words = {
      ...message,
      thought: restOf(message.thought, heard.thought, isCumulative),
      text: restOf(message.text, heard.text, isCumulative),
      refusal: hasRefusal ? "" : message.refusal,
    }
    return sayWords(words, { ...chunk, callPlace: isLast || calls.count > 0 ? "summary" : "delta" })
  }

  function sayText(text: string): void {
    for (const said of tags.take(text)) write.said(said)
  }

  function finishKind() {
    const kind = finishKindOf(finishWord)
    // An answer that was ended on purpose, though nobody says why.
    return kind ?? (isDone && hasSaid() ? "stop" : undefined)
  }

  return {
    get phase() {
      if (isDone) return "over"
      if (fault) return "ending"
      if (finishWord === undefined) return "going-on"
      return usage ? "ended" : "ending"
    },

    event({ name, data, isCut = false }) {
      if (isDone) return
      const text = data.trim()
      if (text === "") return
      if (/^\[?DONE\]?$/i.test(text)) {
        isDone = true
        return
      }
      const value = parsed(text)
      if (value !== undefined) return chunk(value, name)
      // Lines that belong together are joined; these did not.
      const values = text.split("\n").map((line) => parsed(line))
      for (const each of values) if (each !== undefined) chunk(each, name)
      if (values.includes(undefined) && finishWord === undefined && !isCut) fault = unreadable(text)
    },

    end(cause) {
      const kind = finishKind()
      const isWhole = fault === undefined && (kind === "stop" || kind === "length" || kind === "content-filter")
      for (const said of tags.end(isWhole && kind === "stop" && calls.count === 0)) write.said(said)
      write.closeAll()
      const failure = fault ?? failureOf(kind, cause)
      if (failure) send({ type: "error", error: failure })
      else calls.finish(kind === "length" ? "cut" : "whole")
      send({ type: "finish", finishReason: reasonOf(failure ? "broken-off" : kind), usage: modelUsage(usage) })
    },
  }

  function failureOf(kind: ReturnType<typeof finishKind>, cause: unknown): unknown {
    if (kind === "broken-off") return brokenOff(normalWord(finishWord))
    if (kind === "stop" || kind === "tool-calls") return lacking(kind)
    if (kind) return undefined
    if (cause instanceof Error && cause.name === "TimeoutError") return cause
    if (cause !== undefined) return lostMeanwhile(url, cause)
    return isAnswer ? brokenOff() : unreadable(undefined)
  }

  function hasSaid(): boolean {
    return heard.text !== "" || heard.thought !== "" || hasRefusal || calls.count > 0
  }

  /** What an answer that ended well lacks all the same: a call in it that nobody can make. */
  function lacking(kind: "stop" | "tool-calls"): Error | undefined {
    if (calls.lacksName) return unreadable("a call without a name")
    if (kind === "tool-calls" && !hasSaid()) return unreadable("calls were told of, and none came")
    // Without a word for its end nobody has said that the input is all there.
    return finishKindOf(finishWord) === undefined && calls.lacksInput ? brokenOff() : undefined
  }

  function reasonOf(kind: ReturnType<typeof finishKind>): LanguageModelV4FinishReason {
    const raw = normalWord(finishWord)
    switch (kind) {
      case undefined:
      case "broken-off":
        return { unified: "error", raw }
      case "length":
      case "content-filter":
        return { unified: kind, raw }
      default:
        // Whatever word they sent: calls are calls, and without one nothing was called.
        if (calls.count > 0) return { unified: "tool-calls", raw }
        return { unified: hasRefusal ? "content-filter" : "stop", raw }
    }
  }
}

function restOf(whole: string, heard: string, isCumulative: boolean): string {
  if (whole.startsWith(heard)) return whole.slice(heard.length)
  return isCumulative || whole.trim() === heard.trim() ? "" : whole
}
