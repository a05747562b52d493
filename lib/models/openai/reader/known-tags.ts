/** The tags that models put around what they think and what they say, and how they are found in a text. */

export interface Tag {
  /** in lower case: how it is written, but for its attributes */
  text: string
  /** it may have attributes, or white space before its end: `<think duration="3">` */
  isLoose: boolean
}

export interface Tags {
  open: Tag
  close: Tag
}

/** Where each thought begins and ends, and whose it is. */
export const thoughtTags: Tags[] = [
  named("think"), // DeepSeek R1, Qwen3, QwQ, MiniMax, GLM, Nemotron
  named("thinking"), // models that were told to
  named("thought"), // Gemini's OpenAI address, EXAONE
  named("reasoning"), // models that were told to
  between("<seed:think>", "</seed:think>"), // Seed-OSS
  between("[think]", "[/think]"), // Magistral
  between("◁think▷", "◁/think▷"), // Kimi
  between("<|start_thinking|>", "<|end_thinking|>"), // Command A Reasoning
  between("<|begin_of_thought|>", "<|end_of_thought|>"), // Sky-T1, OpenThinker
  between("<|channel>thought", "<channel|>"), // Gemma 4
  // gpt-oss, where its server leaves the format as it is
  between("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
]

/** What the words stand between, behind a thought. */
export const wrappers: Tags[] = [
  named("answer"), // Hunyuan-A13B, GLM-4.1V-Thinking
  between("<|start_response|>", "<|end_response|>"), // Command A Reasoning
  between("<|begin_of_solution|>", "<|end_of_solution|>"), // Sky-T1, OpenThinker
]

export const openers = thoughtTags.map(({ open }) => open)
export const closers = thoughtTags.map(({ close }) => close)

function named(name: string): Tags {
  return { open: { text: `<${name}>`, isLoose: true }, close: { text: `</${name}>`, isLoose: true } }
}

function between(open: string, close: string): Tags {
  return { open: { text: open, isLoose: false }, close: { text: close, isLoose: false } }
}

/** @returns the tags whose first one the text begins with, and the length of that */
export function tagsAt(text: string, known: Tags[]): { tags: Tags; length: number } | undefined {
  for (const tags of known) {
    const length = tagLength(text, tags.open)
    if (length > 0) return { tags, length }
  }
  return undefined
}

/** @returns 0 where the text does not begin with the tag */
export function tagLength(text: string, tag: Tag): number {
  const found = firstOf(text, [tag])
  return found?.index === 0 ? found.length : 0
}

/** @returns whether the text may go on as a tag that counts where an answer begins, or behind its thought */
export function isTagSoFar(text: string, isBehindThought: boolean): boolean {
  const tags = [...openers, ...closers, ...(isBehindThought ? wrappers.map(({ open }) => open) : [])]
  return tags.some((tag) => beginsTag(text, tag))
}

/** The first of the tags in the text, in either case. */
export function firstOf(text: string, tags: Tag[]): { index: number; length: number } | undefined {
  // Every tag begins with one of these: most pieces of text have none of them.
  if (!/[<[◁]/.test(text)) return undefined
  let first: { index: number; length: number } | undefined
  for (const tag of tags) {
    const found = patternOf(tag).exec(text)
    if (found && (!first || found.index < first.index)) first = { index: found.index, length: found[0].length }
  }
  return first
}

/** How much at the end of the text may be the beginning of one of the tags. */
export function beginningLength(text: string, tags: Tag[]): number {
  const from = Math.max(text.lastIndexOf("<"), text.lastIndexOf("["), text.lastIndexOf("◁"))
  if (from < 0) return 0
  // A tag may have another `<` inside it, so the last one is not enough.
  for (let start = Math.max(0, text.length - mostHeld); start <= from; start++) {
    const rest = text.slice(start)
    if (tags.some((tag) => beginsTag(rest, tag))) return text.length - start
  }
  return 0
}

/** Attributes beyond that are none. */
const mostHeld = 60

function beginsTag(text: string, { text: tag, isLoose }: Tag): boolean {
  if (text.length > mostHeld) return false
  const start = text.toLowerCase()
  if (tag.startsWith(start)) return true
  const name = tag.slice(0, -1)
  return isLoose && start.startsWith(name) && /^\s[^<>]*$/.test(start.slice(name.length))
}

const patterns = new Map<Tag, RegExp>()

function patternOf(tag: Tag): RegExp {
  const known = patterns.get(tag)
  if (known) return known
  const escaped = tag.text.replace(/[[\]|/]/g, "\\$&")
  const pattern = new RegExp(tag.isLoose ? `${escaped.slice(0, -1)}(?:\\s[^<>]{0,${mostHeld}})?>` : escaped, "i")
  patterns.set(tag, pattern)
  return pattern
}
