/** Thoughts that stand as words in an answer's text, between tags of the model's own. */

interface Tags {
  open: string
  close: string
}

/** Where each begins and ends, and whose it is. Compared in lower case. */
const knownTags: Tags[] = [
  { open: "<think>", close: "</think>" }, // DeepSeek R1, Qwen3, QwQ, MiniMax, GLM, Nemotron
  { open: "<thinking>", close: "</thinking>" }, // models that were told to
  { open: "<thought>", close: "</thought>" }, // Gemini's OpenAI address, EXAONE
  { open: "<reasoning>", close: "</reasoning>" }, // models that were told to
  { open: "<seed:think>", close: "</seed:think>" }, // Seed-OSS
  { open: "[think]", close: "[/think]" }, // Magistral
  { open: "◁think▷", close: "◁/think▷" }, // Kimi
  { open: "<|start_thinking|>", close: "<|end_thinking|>" }, // Command A Reasoning
  { open: "<|begin_of_thought|>", close: "<|end_of_thought|>" }, // Sky-T1, OpenThinker
  { open: "<|channel>thought", close: "<channel|>" }, // Gemma 4
  // gpt-oss, where its server leaves the format as it is
  { open: "<|channel|>analysis<|message|>", close: "<|end|><|start|>assistant<|channel|>final<|message|>" },
]

const openers = knownTags.map(({ open }) => open)
const closers = knownTags.map(({ close }) => close)

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
  /** it began by habit, not by a tag */
  let isGuess = false
  let held = ""
  /** of a text that may turn out to be a thought, or of a thought that may turn out to be none */
  let soFar = ""
  let mayTurnOut = true
  /** the thought to come begins with its first word, and below one that was there before */
  let isFirstWord = true
  let hasThought = false
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
    const start = trimmed.slice(0, 60).toLowerCase()
    const tags = knownTags.find(({ open }) => start.startsWith(open))
    if (tags) {
      held = trimmed.slice(tags.open.length)
      isFirstWord = true
      closing = [tags.close]
      mayTurnOut = false
      state = "thinking"
      return true
    }
    // An end without anything before it: the thought came in a field of its own, and its end was left over.
    const close = closers.find((tag) => start.startsWith(tag))
    if (close) {
      held = trimmed.slice(close.length)
      state = "behind-thought"
      return true
    }
    if ([...openers, ...closers].some((tag) => tag.startsWith(start))) return false
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
    }
    held = held.slice(end ? end.index + end.length : certain.length)
    if (!end) return false
    mayTurnOut = false
    state = "behind-thought"
    return true
  }

  function speak(isLast: boolean): boolean {
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
      habit.beginsThinking = true
      mayTurnOut = false
      state = "behind-thought"
    } else say("text", held.slice(0, tagEnd))
    held = behind
    return true
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

/** The first of the tags in the text, in either case. */
function firstOf(text: string, tags: string[]): { index: number; length: number } | undefined {
  // Every tag begins with one of these: most pieces of text have none of them.
  if (!/[<[◁]/.test(text)) return undefined
  let first: { index: number; length: number } | undefined
  for (const tag of tags) {
    const index = text.search(patternOf(tag))
    if (index >= 0 && (!first || index < first.index)) first = { index, length: tag.length }
  }
  return first
}

const patterns = new Map<string, RegExp>()

function patternOf(tag: string): RegExp {
  const known = patterns.get(tag) ?? new RegExp(tag.replace(/[[\]|/]/g, "\\$&"), "i")
  patterns.set(tag, known)
  return known
}

/** How much at the end of the text may be the beginning of one of the tags. */
function beginningLength(text: string, tags: string[]): number {
  const from = Math.max(text.lastIndexOf("<"), text.lastIndexOf("["), text.lastIndexOf("◁"))
  if (from < 0) return 0
  // A tag may have another `<` inside it, so the last one is not enough.
  for (let start = Math.max(0, text.length - 60); start <= from; start++) {
    const rest = text.slice(start).toLowerCase()
    if (tags.some((tag) => tag.startsWith(rest))) return text.length - start
  }
  return 0
}
