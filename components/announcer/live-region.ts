import { isToolUIPart } from "ai"
import { isBeingWritten } from "#hooks/chat/unfinished.ts"
import { type ChatMessage, textOf } from "#lib/chat-protocol.ts"
import { isWithinDay, timeText } from "../controls/time-text.ts"
import { howItEnded } from "../messages/answer/how-it-ended.ts"
import { texts } from "../texts.ts"
import { finishedSentences } from "./finished-sentences.ts"

/** What comes at once and is longer is not read aloud: that would take minutes. */
const mostSpokenChars = 2_000

/** Words that arrive together and are more than these are caught up. */
const caughtUpChars = 160

/**
 * What somebody who cannot see the page is to hear of a chat, as it goes on: that an answer begins, its sentences once each
 * is whole, how it ended. Never what was there before the page was, and nothing twice.
 */
export class LiveRegion {
  #wasWriting: boolean | undefined
  #answerId: string | undefined
  /** of the answer, whether it was spoken or was there before */
  #heard = ""
  #isCatchingUp = false
  /** the first words are caught up, however few */
  #hasCaughtUp = false

  /** @returns what is new, a sentence each */
  hear(messages: ChatMessage[], isWriting: boolean): string[] {
    const wasWriting = this.#wasWriting
    this.#wasWriting = isWriting
    const last = messages.at(-1)
    const answer = last?.role === "assistant" ? last : undefined
    const isFirst = wasWriting === undefined
    const begin = isWriting && !wasWriting ? [this.#isCatchingUp ? texts.answerGoesOn : texts.answerBegins] : []
    const isOfNow = isWriting || wasWriting === true
    const sentences = answer && isOfNow && !isFirst ? this.#newIn(answer, !isWriting) : []
    if (isWriting && !isFirst) return [...begin, ...sentences]
    this.#answerId = answer?.id
    this.#heard = answer ? textOf(answer.parts) : ""
    // Whatever it is shown next with was written while nobody here listened.
    this.#isCatchingUp = isBeingWritten(messages)
    this.#hasCaughtUp = false
    const ending = answer && wasWriting && endingOf(answer)
    return [...sentences, ...(ending ? [ending] : [])]
  }

  #newIn(answer: ChatMessage, isEnded: boolean): string[] {
    const text = textOf(answer.parts)
    // Another answer can have all of one that broke off: it is gone on with, not said again.
    if (answer.id !== this.#answerId && !text.startsWith(this.#heard)) this.#heard = ""
    this.#answerId = answer.id
    const newChars = text.length - this.#heard.length
    // A stream that is followed anew can begin with less.
    if (newChars <= 0) return []
    const { sentences, end } = finishedSentences(text, this.#heard.length, isEnded)
    this.#heard = text.slice(0, end)
    const isCaughtUp = this.#isCatchingUp && (!this.#hasCaughtUp || newChars > caughtUpChars)
    this.#hasCaughtUp = true
    if (isCaughtUp) {
      if (/\p{Sentence_Terminal}\p{P}*\s*$/u.test(text)) this.#heard = text
      return []
    }
    this.#isCatchingUp = false
    return sentences.join("").length > mostSpokenChars ? [texts.longPart] : sentences
  }
}

/** @returns undefined where the answer has not ended, and what went wrong is told elsewhere */
function endingOf(answer: ChatMessage): string | undefined {
  const { status = "COMPLETE", error } = answer.metadata ?? {}
  const end = howItEnded(answer)
  // Who sees the page reads the time in a note below.
  if (end && error?.retryAt) {
    const until = timeText(error.retryAt, { isToday: isWithinDay(error.retryAt) })
    return `${end.sentence} ${texts.busyUntil} ${until}.`
  }
  if (end || status !== "COMPLETE") return end?.sentence
  const isWaiting = answer.parts.some((part) => isToolUIPart(part) && part.state === "approval-requested")
  return isWaiting ? texts.answerWaits : texts.answerFinished
}
