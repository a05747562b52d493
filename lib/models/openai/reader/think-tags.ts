/** Thoughts that stand as words in an answer's text, between tags of the model's own. */
import {
  beginningLength,
  closers,
  firstOf,
  isTagSoFar,
  openers,
  type Tag,
  tagLength,
  tagsAt,
  thoughtTags,
  wrappers,
} from "./known-tags.ts"

/** What was learnt of a model from its answers, for the next ones. */
export interface ThinkingHabit {
  /** its thoughts have an end and no beginning: that is part of its prompt already */
  beginsThinking: boolean
  /** its thoughts come as `reasoning_content`, and may be given back so within a round of tools */
  hasThoughtField?: boolean
}

export type Said =
  | { kind: "text" | "thought"; text: string }
  /** all that was said as text so far was a thought: its end has just come */
  | { kind: "was-thought" }

export interface ThinkTags {
  /** Takes a piece of text as it comes, and says what is certain of it by now. */
  take(text: string): Said[]
  /** Says what was held back. `isWhole`: the answer has ended well and in words, not in a tool call */
  end(isWhole: boolean): Said[]
  /** Thoughts come in a field of their own: none is looked for that has no beginning. */
  expectNone(): void
}

/**
 * Tells thoughts from words. A tag counts at the very beginning, after white space at most, or right behind another
 * thought: one in the middle of an answer is talked about. Of a thought without a beginning nothing is known until its
 * end comes: then what was said until there is called a thought, and the model's next answers begin with one.
 * Nothing is held back but white space and what may be the beginning of a tag.
 */
export function thinkTags(habit: ThinkingHabit): ThinkTags {
  let state: "start" | "thinking" | "behind-thought" | "text" = "start"
  let closing = closers
  /** what begins another thought within this one */
  let opening: Tag[] = []
  /** the end of what the answer's words stand between */
  let wrapping: Tag | undefined
  /** it began by habit, not by a tag */
  let isGuess = false
  let held = ""
  /** of a text that may turn out to be a thought, or of a thought that may turn out to be none */
  let soFar = ""
  let mayTurnOut = true
  /** the thought to come begins with its first word, and below one that was there before */
  let isFirstWord = true
  let hasThought = false
  /** another thought began within this one */
  let isNested = false
  let thoughtEnd = ""
  let said: Said[] = []

  function say(kind: "text" | "thought", text: string): void {
    if (text === "") return
    if (mayTurnOut) soFar += text
    said.push({ kind, text })
  }

  /** @returns whether there is more to be told of what is held */
  function begin(): boolean {
    const trimmed = held.trimStart()
    if (trimmed === "") return false
    const thought = tagsAt(trimmed, thoughtTags)
    if (thought) {
      held = trimmed.slice(thought.length)
      isFirstWord = true
      closing = [thought.tags.close]
      opening = [thought.tags.open]
      mayTurnOut = false
      state = "thinking"
      return true
    }
    // An end without anything before it: the thought came in a field of its own, and its end was left over.
    const close = closers.map((tag) => tagLength(trimmed, tag)).find((length) => length > 0)
    if (close) {
      held = trimmed.slice(close)
      state = "behind-thought"
      return true
    }
    const wrapper = state === "behind-thought" ? tagsAt(trimmed, wrappers) : undefined
    if (wrapper) {
      held = trimmed.slice(wrapper.length)
      wrapping = wrapper.tags.close
      return true
    }
    if (isTagSoFar(trimmed, state === "behind-thought")) return false
    isGuess = state === "start" && mayTurnOut && habit.beginsThinking
    if (state === "behind-thought" || isGuess) held = trimmed
    state = isGuess ? "thinking" : "text"
    return true
  }

  function think(): boolean {
    if (isFirstWord) held = held.trimStart()
    const end = firstOf(held, closing)
    const certain = end
      ? held.slice(0, end.index).trimEnd()
      : held.slice(0, held.length - beginningLength(held, closing)).trimEnd()
    if (certain !== "") {
      say("thought", isFirstWord && hasThought ? `\n\n${certain}` : certain)
      isFirstWord = false
      hasThought = true
      thoughtEnd = (thoughtEnd + certain).slice(-longestTag)
      isNested ||= firstOf(thoughtEnd, opening) !== undefined
    }
    held = held.slice(end ? end.index + end.length : certain.length)
    if (!end) return false
    // Where a thought began within this one its end has come, perhaps, and the outer one goes on.
    mayTurnOut = isNested
    isNested = false
    thoughtEnd = ""
    soFar = ""
    state = "behind-thought"
    return true
  }

  function speak(isLast: boolean): boolean {
    if (wrapping) return speakWithin(wrapping, isLast)
    const end = mayTurnOut ? firstOf(held, closers) : undefined
    if (!end) {
      const certain =
        mayTurnOut && !isLast ? withoutLineEnd(held.slice(0, held.length - beginningLength(held, closers))) : held
      say("text", certain)
      held = held.slice(certain.length)
      return false
    }
    const before = withoutLineEnd(held.slice(0, end.index))
    say("text", before)
    held = held.slice(before.length)
    const tagEnd = end.index - before.length + end.length
    const behind = held.slice(tagEnd)
    // What follows tells a thought's end from a word about it.
    if (!isLast && /^[^\S\n]*$/.test(behind)) return false
    if (isThoughtUntil(soFar + held.slice(0, tagEnd - end.length), behind)) {
      said.push({ kind: "was-thought" })
      if (!hasThought) habit.beginsThinking = true
      mayTurnOut = false
      state = "behind-thought"
    } else say("text", held.slice(0, tagEnd))
    held = behind
    return true
  }

  /** The end of what the words stand between is told from a word only by nothing following it. */
  function speakWithin(close: Tag, isLast: boolean): boolean {
    const end = firstOf(held, [close])
    const isEnd = end && held.slice(end.index + end.length).trim() === ""
    const certain = isEnd
      ? held.slice(0, end.index).trimEnd()
      : isLast
        ? held
        : withoutLineEnd(held.slice(0, held.length - beginningLength(held, [close])))
    say("text", certain)
    held = isEnd && isLast ? "" : held.slice(certain.length)
    return false
  }

  function tell(isLast: boolean): Said[] {
    said = []
    while (held !== "") {
      const goesOn = state === "thinking" ? think() : state === "text" ? speak(isLast) : begin()
      if (!goesOn) break
    }
    return said
  }

  return {
    take(text) {
      held += text
      return tell(false)
    },

    end(isWhole) {
      const last = tell(true)
      // It cannot become a tag any more.
      if (state === "thinking") say("thought", held.trimEnd())
      else if (held.trim() !== "") say("text", state === "behind-thought" ? held.trimStart() : held)
      held = ""
      if (isGuess && state === "thinking" && isWhole) {
        habit.beginsThinking = false
        mayTurnOut = false
        say("text", soFar)
      }
      return last
    },

    expectNone() {
      if (state === "start" || state === "text") mayTurnOut = false
    },
  }
}

/** Of the tags whose beginning is looked for across two pieces of text. */
const longestTag = 80

function withoutLineEnd(text: string): string {
  return /\n\s*$/.test(text) ? text.trimEnd() : text
}

/** Not where it stands in code, nor where it is a word of a sentence, nor where its beginning was talked about. */
function isThoughtUntil(before: string, behind: string): boolean {
  if (firstOf(before, openers)) return false
  const line = before.slice(before.lastIndexOf("\n") + 1)
  if (countOf(line, "`") % 2 === 1 || countOf(before, "```") % 2 === 1) return false
  return line === "" || /^\s*(\n|$)/.test(behind) || !/[\s"'“‘«(*]$/.test(line)
}

function countOf(text: string, mark: string): number {
  return text.split(mark).length - 1
}
