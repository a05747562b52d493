/** Separates thoughts from an answer's text if the model writes them between tags. */
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

/** What a model's earlier answers showed. */
export interface ThinkingHabit {
  /** its thoughts have only a closing tag; the opening tag is part of its prompt */
  beginsThinking: boolean
  /** its thoughts arrive as `reasoning_content` and may be sent back there within a round of tool calls */
  hasThoughtField?: boolean
}

export type Segment =
  | { kind: "text" | "thought"; text: string }
  /** all text so far was a thought, whose closing tag has just arrived */
  | { kind: "was-thought" }

export interface ThinkTags {
  /**
   * Adds a piece of text.
   * @returns what is certain by now
   */
  add(text: string): Segment[]
  /** Returns the text still held back. `isWhole`: the answer ended normally, and in text rather than a tool call */
  end(isWhole: boolean): Segment[]
  /** Thoughts arrive in their own field, so a closing tag alone does not mark one. */
  expectNone(): void
}

/**
 * Separates thoughts from text. A tag counts only at the start (after white space at most) or directly after another
 * thought; a tag in the middle of an answer is a quotation. A thought without an opening tag is recognised by its
 * closing tag: the text up to it becomes a thought, and the model's later answers are expected to begin with one.
 * Only white space and possible beginnings of tags are held back.
 */
export function thinkTags(habit: ThinkingHabit): ThinkTags {
  let state: "start" | "thinking" | "behind-thought" | "text" = "start"
  let closing = closers
  /** opening tag of a nested thought */
  let opening: Tag[] = []
  /** closing tag of the wrapper around the answer */
  let wrapping: Tag | undefined
  /** assumed from earlier answers, without a tag */
  let isGuess = false
  let held = ""
  /** text that may turn out to be a thought, or the reverse */
  let soFar = ""
  let isUncertain = true
  /** the next piece starts a thought, perhaps below an earlier one */
  let isFirstWord = true
  let hasThought = false
  /** a nested thought has begun */
  let isNested = false
  let thoughtEnd = ""
  let segments: Segment[] = []

  function emit(kind: "text" | "thought", text: string): void {
    if (text === "") return
    if (isUncertain) soFar += text
    segments.push({ kind, text })
  }

  /** Reads text at a place where tags count. @returns true if the held text must be examined further */
  function readStart(): boolean {
    const trimmed = held.trimStart()
    if (trimmed === "") return false
    const thought = tagsAt(trimmed, thoughtTags)
    if (thought) {
      held = trimmed.slice(thought.length)
      isFirstWord = true
      closing = [thought.tags.close]
      opening = [thought.tags.open]
      isUncertain = false
      state = "thinking"
      return true
    }
    // A closing tag at the very start is left over from a thought that arrived in its own field.
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
    isGuess = state === "start" && isUncertain && habit.beginsThinking
    if (state === "behind-thought" || isGuess) held = trimmed
    state = isGuess ? "thinking" : "text"
    return true
  }

  function readThought(): boolean {
    if (isFirstWord) held = held.trimStart()
    const end = firstOf(held, closing)
    const certain = end
      ? held.slice(0, end.index).trimEnd()
      : held.slice(0, held.length - beginningLength(held, closing)).trimEnd()
    if (certain !== "") {
      emit("thought", isFirstWord && hasThought ? `\n\n${certain}` : certain)
      isFirstWord = false
      hasThought = true
      thoughtEnd = (thoughtEnd + certain).slice(-longestTag)
      isNested ||= firstOf(thoughtEnd, opening) !== undefined
    }
    held = held.slice(end ? end.index + end.length : certain.length)
    if (!end) return false
    // After a nested thought this may be its end, and the outer thought may continue.
    isUncertain = isNested
    isNested = false
    thoughtEnd = ""
    soFar = ""
    state = "behind-thought"
    return true
  }

  function readText(isLast: boolean): boolean {
    if (wrapping) return readWrapped(wrapping, isLast)
    const end = isUncertain ? firstOf(held, closers) : undefined
    if (!end) {
      const certain =
        isUncertain && !isLast ? withoutLineEnd(held.slice(0, held.length - beginningLength(held, closers))) : held
      emit("text", certain)
      held = held.slice(certain.length)
      return false
    }
    const before = withoutLineEnd(held.slice(0, end.index))
    emit("text", before)
    held = held.slice(before.length)
    const tagEnd = end.index - before.length + end.length
    const behind = held.slice(tagEnd)
    // The text after the tag shows whether it ends a thought or is quoted.
    if (!isLast && /^[^\S\n]*$/.test(behind)) return false
    if (isThoughtUntil(soFar + held.slice(0, tagEnd - end.length), behind)) {
      segments.push({ kind: "was-thought" })
      if (!hasThought) habit.beginsThinking = true
      isUncertain = false
      state = "behind-thought"
    } else emit("text", held.slice(0, tagEnd))
    held = behind
    return true
  }

  /** Reads wrapped text. Its closing tag counts only if nothing follows it. */
  function readWrapped(close: Tag, isLast: boolean): boolean {
    const end = firstOf(held, [close])
    const isEnd = end && held.slice(end.index + end.length).trim() === ""
    const certain = isEnd
      ? held.slice(0, end.index).trimEnd()
      : isLast
        ? held
        : withoutLineEnd(held.slice(0, held.length - beginningLength(held, [close])))
    emit("text", certain)
    held = isEnd && isLast ? "" : held.slice(certain.length)
    return false
  }

  function readHeld(isLast: boolean): Segment[] {
    segments = []
    while (held !== "") {
      const hasMore = state === "thinking" ? readThought() : state === "text" ? readText(isLast) : readStart()
      if (!hasMore) break
    }
    return segments
  }

  return {
    add(text) {
      held += text
      return readHeld(false)
    },

    end(isWhole) {
      const last = readHeld(true)
      // The held text can no longer become a tag.
      if (state === "thinking") emit("thought", held.trimEnd())
      else if (held.trim() !== "") emit("text", state === "behind-thought" ? held.trimStart() : held)
      held = ""
      if (isGuess && state === "thinking" && isWhole) {
        habit.beginsThinking = false
        isUncertain = false
        emit("text", soFar)
      }
      return last
    },

    expectNone() {
      if (state === "start" || state === "text") isUncertain = false
    },
  }
}

/** Covers tags that are split between two pieces of text. */
const longestTag = 80

function withoutLineEnd(text: string): string {
  return /\n\s*$/.test(text) ? text.trimEnd() : text
}

/**
 * Tells whether a closing tag ends a thought. It does not inside code, within a sentence, or if its opening tag was
 * quoted.
 */
function isThoughtUntil(before: string, behind: string): boolean {
  if (firstOf(before, openers)) return false
  const line = before.slice(before.lastIndexOf("\n") + 1)
  if (countOf(line, "`") % 2 === 1 || countOf(before, "```") % 2 === 1) return false
  return line === "" || /^\s*(\n|$)/.test(behind) || !/[\s"'“‘«(*]$/.test(line)
}

function countOf(text: string, mark: string): number {
  return text.split(mark).length - 1
}
