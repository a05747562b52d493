import { isToolUIPart } from "ai"
import { isBeingWritten } from "#hooks/chat/unfinished.ts"
import { type ChatMessage, textOf } from "#lib/chat-protocol.ts"
import { shortened } from "#lib/text.ts"
import { isWithinDay, timeText } from "../controls/time-text.ts"
import { commandOf } from "../messages/agent/agent-call.ts"
import { howItEnded } from "../messages/answer/how-it-ended.ts"
import { texts } from "../texts.ts"
import { finishedSentences } from "./finished-sentences.ts"

/** Longer text that arrives at once is not read aloud: that would take minutes. */
const maxSpokenChars = 2_000

/** More text than this at once is catching up, not being written now. */
const caughtUpChars = 160

/**
 * Decides what a screen reader announces about a chat: that an answer begins, each sentence once it is complete, and how
 * the answer ended. Nothing is announced twice, nor what was there before the page was opened.
 */
export class LiveRegion {
  #wasWriting: boolean | undefined
  #answerId: string | undefined
  /** the part of the answer that was announced, or was there before */
  #announced = ""
  #isCatchingUp = false
  /** the first text after a reload is catching up, however short */
  #hasCaughtUp = false

  /** @returns the new announcements, one sentence each */
  update(messages: ChatMessage[], isWriting: boolean): string[] {
    const wasWriting = this.#wasWriting
    this.#wasWriting = isWriting
    const last = messages.at(-1)
    const answer = last?.role === "assistant" ? last : undefined
    const isFirst = wasWriting === undefined
    const begin = isWriting && !wasWriting ? [this.#isCatchingUp ? texts.answerGoesOn : texts.answerBegins] : []
    const isCurrent = isWriting || wasWriting === true
    const sentences = answer && isCurrent && !isFirst ? this.#newIn(answer, !isWriting) : []
    if (isWriting && !isFirst) return [...begin, ...sentences]
    this.#answerId = answer?.id
    this.#announced = answer ? textOf(answer.parts) : ""
    // Text that is already in the next update was written while this page was not connected.
    this.#isCatchingUp = isBeingWritten(messages)
    this.#hasCaughtUp = false
    const ending = answer && wasWriting && endingOf(answer)
    return [...sentences, ...(ending ? [ending] : [])]
  }

  #newIn(answer: ChatMessage, isEnded: boolean): string[] {
    const text = textOf(answer.parts)
    // An answer that continues a partial one begins with its text, which is not announced again.
    if (answer.id !== this.#answerId && !text.startsWith(this.#announced)) this.#announced = ""
    this.#answerId = answer.id
    const newChars = text.length - this.#announced.length
    // A stream that starts over can be shorter at first.
    if (newChars <= 0) return []
    const isReplaced = !text.startsWith(this.#announced)
    if (isReplaced) this.#announced = text.slice(0, heardIn(text, this.#announced))
    const { sentences, end } = finishedSentences(text, this.#announced.length, isEnded)
    this.#announced = text.slice(0, end)
    const isCaughtUp = this.#isCatchingUp && (!this.#hasCaughtUp || newChars > caughtUpChars)
    this.#hasCaughtUp = true
    if (isCaughtUp) {
      if (/\p{Sentence_Terminal}\p{P}*\s*$/u.test(text)) this.#announced = text
      return []
    }
    this.#isCatchingUp = false
    const spoken = sentences.join("").length > maxSpokenChars ? [texts.longPart] : sentences
    return isReplaced ? [texts.answerCorrected, ...spoken] : spoken
  }
}

/** @returns how much of a corrected text was heard: up to the last words that were, or all of it if they are gone */
function heardIn(text: string, announced: string): number {
  for (const chars of recognisedChars) {
    const lastWords = announced.trimEnd().slice(-chars)
    const at = text.lastIndexOf(lastWords)
    if (at >= 0) return at + lastWords.length
  }
  return text.length
}

/** From about a short sentence to two words, because the correction may be just before them. */
const recognisedChars = [40, 20, 10]

const maxCommandChars = 200

/** @returns undefined if the answer has not ended, or its error is announced elsewhere */
function endingOf(answer: ChatMessage): string | undefined {
  const { status = "COMPLETE", error } = answer.metadata ?? {}
  const end = howItEnded(answer)
  // On the page, a separate note shows the time.
  if (end && error?.retryAt) {
    const until = timeText(error.retryAt, { isToday: isWithinDay(error.retryAt) })
    return `${end.sentence} ${texts.busyUntil} ${until}.`
  }
  if (end || status !== "COMPLETE") return end?.sentence
  const waiting = answer.parts.filter((part) => isToolUIPart(part)).find(({ state }) => state === "approval-requested")
  if (!waiting) return texts.answerFinished
  const command = commandOf(waiting)
  // The whole of it is on the page, beside the buttons.
  return command === undefined ? texts.answerWaits : texts.commandWaits(shortened(command, maxCommandChars))
}
