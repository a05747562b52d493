/** Turns the events of a provider's stream into parts of an answer, and determines how it ended. */

import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart, SharedV4Warning } from "@ai-sdk/provider"
import { parsedJson } from "#lib/parsed-json.ts"
import { brokenOff, connectionLost, failedMidAnswer, unreadable } from "../provider-failure.ts"
import type { WireEvent } from "./event-lines.ts"
import { finishKindOf, normalWord } from "./finish-words.ts"
import { partWriter } from "./part-writer.ts"
import { joinedUsage, modelUsage, type ReportedUsage } from "./reported-usage.ts"
import { type ThinkingHabit, thinkTags } from "./think-tags.ts"
import { toolCalls } from "./tool-calls.ts"
import { chunkIn, type WireChunk, type Words } from "./wire-chunk.ts"

/**
 * "ending": the finish reason or an error has arrived; token counts may follow. "ended": nothing relevant is missing.
 * "over": the provider has announced that nothing follows.
 */
export type AnswerPhase = "running" | "ending" | "ended" | "over"

export interface AnswerParts {
  readonly phase: AnswerPhase
  event(event: WireEvent): void
  /**
   * Sends the remaining parts and the finish. `cause`: the error of the connection, or of a silence that was too long
   */
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
  /** text received as deltas, to find what a whole message adds */
  const received = { text: "", thought: "" }
  let hasMetadata = false
  let hasRefusal = false
  let isDone = false
  let finishWord: unknown
  let usage: ReportedUsage | undefined
  /** the last error; cleared when text arrives after it */
  let fault: Error | undefined
  /** something readable has arrived */
  let isAnswer = false

  send({ type: "stream-start", warnings })

  function chunk(value: unknown, name: string): void {
    const read = chunkIn(value)
    sendMetadata(read)
    const sent = [sendWords(read.delta, read), read.message !== undefined && sendMessage(read.message, read)]
    const hasSent = sent.includes(true)
    if (hasSent) fault = undefined
    if (finishKindOf(read.finishWord)) finishWord = read.finishWord
    if (read.usage) usage = joinedUsage(usage, read.usage)
    isAnswer ||= hasSent || finishWord !== undefined || read.id !== undefined
    const error =
      read.error ?? (name === "error" && !hasSent ? { message: JSON.stringify(value), status: undefined } : undefined)
    if (error) fault = failedMidAnswer(url, error)
    else if (read.isStrange && name === "message" && finishWord === undefined)
      fault ??= unreadable(JSON.stringify(value))
  }

  function sendMetadata({ id, model, createdSeconds }: WireChunk): void {
    if (hasMetadata || !(id || model)) return
    hasMetadata = true
    send({
      type: "response-metadata",
      ...(id && { id }),
      ...(model && { modelId: model }),
      ...(createdSeconds && { timestamp: new Date(createdSeconds * 1000) }),
    })
  }

  /** Sends the words of a chunk. @returns true if there was text, a refusal or a call */
  function sendWords(words: Words, { callPlace }: WireChunk): boolean {
    const { thought, text, refusal, calls: pieces } = words
    if (words.isThoughtTakenBack) habit.hasThoughtField = true
    if (thought !== "") {
      received.thought += thought
      tags.expectNone()
      write.thought(thought)
    }
    if (text !== "") {
      received.text += text
      sendText(text)
    }
    if (refusal !== "") {
      hasRefusal = true
      sendText(refusal)
    }
    const added = pieces.filter((piece) => calls.add(piece, callPlace)).length
    return thought !== "" || text !== "" || refusal !== "" || added > 0
  }

  /** Sends the new part of a whole message, or all of it if it is only the last piece. */
  function sendMessage(message: Words, chunk: WireChunk): boolean {
    const isCumulative = chunk.delta.text !== "" || chunk.delta.thought !== ""
    const isLast = finishKindOf(chunk.finishWord) !== undefined
    // Perplexity sends the whole message so far with every delta: only the last one is used.
    if (isCumulative && !isLast) return false
    const words = {
      ...message,
      thought: restOf(message.thought, received.thought, isCumulative),
      text: restOf(message.text, received.text, isCumulative),
      refusal: hasRefusal ? "" : message.refusal,
    }
    return sendWords(words, { ...chunk, callPlace: isLast || calls.count > 0 ? "summary" : "delta" })
  }

  function sendText(text: string): void {
    for (const segment of tags.add(text)) write.segment(segment)
  }

  function finishKind() {
    const kind = finishKindOf(finishWord)
    // A deliberate end without a stated reason.
    return kind ?? (isDone && hasContent() ? "stop" : undefined)
  }

  return {
    get phase() {
      if (isDone) return "over"
      if (fault) return "ending"
      if (finishWord === undefined) return "running"
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
      const value = parsedJson(text)
      if (value !== undefined) return chunk(value, name)
      // Lines of one event are joined, but these were separate JSON texts.
      const values = text.split("\n").map((line) => parsedJson(line))
      for (const each of values) if (each !== undefined) chunk(each, name)
      if (values.includes(undefined) && finishWord === undefined && !isCut) fault = unreadable(text)
    },

    end(cause) {
      const kind = finishKind()
      const isWhole = fault === undefined && (kind === "stop" || kind === "length" || kind === "content-filter")
      for (const segment of tags.end(isWhole && kind === "stop" && calls.count === 0)) write.segment(segment)
      write.closeAll()
      const failure = fault ?? failureOf(kind, cause)
      if (failure) send({ type: "error", error: failure })
      else calls.finish(kind === "length" ? "cut" : "whole")
      send({ type: "finish", finishReason: reasonOf(failure ? "broken-off" : kind), usage: modelUsage(usage) })
    },
  }

  function failureOf(kind: ReturnType<typeof finishKind>, cause: unknown): unknown {
    if (kind === "broken-off") return brokenOff(normalWord(finishWord))
    if (kind === "stop" || kind === "tool-calls") return missingPart(kind)
    if (kind) return undefined
    if (cause instanceof Error && cause.name === "TimeoutError") return cause
    if (cause !== undefined) return connectionLost(url, cause)
    return isAnswer ? brokenOff() : unreadable(undefined)
  }

  function hasContent(): boolean {
    return received.text !== "" || received.thought !== "" || hasRefusal || calls.count > 0
  }

  /** Finds a fault in an answer that ended well: a call that cannot be made. */
  function missingPart(kind: "stop" | "tool-calls"): Error | undefined {
    if (calls.isNameMissing) return unreadable("a call without a name")
    if (kind === "tool-calls" && !hasContent()) return unreadable("tool calls were announced, but none arrived")
    // Without a finish reason the input may be incomplete.
    return finishKindOf(finishWord) === undefined && calls.isInputIncomplete ? brokenOff() : undefined
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
        // Calls decide, whatever reason the server sent; without a call no tool can run.
        if (calls.count > 0) return { unified: "tool-calls", raw }
        return { unified: hasRefusal ? "content-filter" : "stop", raw }
    }
  }
}

function restOf(whole: string, received: string, isCumulative: boolean): string {
  if (whole.startsWith(received)) return whole.slice(received.length)
  return isCumulative || whole.trim() === received.trim() ? "" : whole
}
