/** The tags that models put around thoughts and answers, and how to find them in a text. */

export interface Tag {
  /** in lower case, without attributes */
  text: string
  /** attributes or white space may follow the name: `<think duration="3">` */
  isLoose: boolean
}

export interface Tags {
  open: Tag
  close: Tag
}

/** Tags of thoughts, with the models that use them. */
export const thoughtTags: Tags[] = [
  named("think"), // DeepSeek R1, Qwen3, QwQ, MiniMax, GLM, Nemotron
  named("thinking"), // models instructed to use it
  named("thought"), // Gemini's OpenAI address, EXAONE
  named("reasoning"), // models instructed to use it
  between("<seed:think>", "</seed:think>"), // Seed-OSS
  between("[think]", "[/think]"), // Magistral
  between("◁think▷", "◁/think▷"), // Kimi
  between("<|start_thinking|>", "<|end_thinking|>"), // Command A Reasoning
  between("<|begin_of_thought|>", "<|end_of_thought|>"), // Sky-T1, OpenThinker
  between("<|channel>thought", "<channel|>"), // Gemma 4
  // gpt-oss, if its server does not parse the format
  between("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
]

/** Tags around the answer that follows a thought. */
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

/** Finds the tags whose opening tag begins the text, and the tag's length. */
export function tagsAt(text: string, known: Tags[]): { tags: Tags; length: number } | undefined {
  for (const tags of known) {
    const length = tagLength(text, tags.open)
    if (length > 0) return { tags, length }
  }
  return undefined
}

/** Returns the length of the tag that begins the text; 0 if it does not. */
export function tagLength(text: string, tag: Tag): number {
  const found = firstOf(text, [tag])
  return found?.index === 0 ? found.length : 0
}

/** Tells whether the text may become a tag that counts at the start of an answer, or after its thought. */
export function isTagSoFar(text: string, isBehindThought: boolean): boolean {
  const tags = [...openers, ...closers, ...(isBehindThought ? wrappers.map(({ open }) => open) : [])]
  return tags.some((tag) => beginsTag(text, tag))
}

/** Finds the first of the tags in the text, ignoring case. */
export function firstOf(text: string, tags: Tag[]): { index: number; length: number } | undefined {
  // Every tag begins with one of these characters, and most pieces of text contain none.
  if (!/[<[◁]/.test(text)) return undefined
  let first: { index: number; length: number } | undefined
  for (const tag of tags) {
    const found = patternOf(tag).exec(text)
    if (found && (!first || found.index < first.index)) first = { index: found.index, length: found[0].length }
  }
  return first
}

/** Returns the length of the text's end that may be the beginning of a tag. */
export function beginningLength(text: string, tags: Tag[]): number {
  const from = Math.max(text.lastIndexOf("<"), text.lastIndexOf("["), text.lastIndexOf("◁"))
  if (from < 0) return 0
  // A tag may contain another `<`, so the last one is not enough.
  for (let start = Math.max(0, text.length - maxTagLength); start <= from; start++) {
    const rest = text.slice(start)
    if (tags.some((tag) => beginsTag(rest, tag))) return text.length - start
  }
  return 0
}

/** Longer text after a name is not taken as attributes. */
const maxTagLength = 60

function beginsTag(text: string, { text: tag, isLoose }: Tag): boolean {
  if (text.length > maxTagLength) return false
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
  const pattern = new RegExp(tag.isLoose ? `${escaped.slice(0, -1)}(?:\\s[^<>]{0,${maxTagLength}})?>` : escaped, "i")
  patterns.set(tag, pattern)
  return pattern
}
