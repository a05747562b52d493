import { describe, expect, test } from "vitest"
import { thinkTags } from "#lib/models/openai/reader/think-tags.ts"

/** Returns how a text in these pieces is read: thoughts in braces, and text unchanged. */
function readingOf(pieces: string[], { habit = { beginsThinking: false }, isWhole = true } = {}): string {
  const tags = thinkTags(habit)
  const parts: { kind: string; text: string }[] = []
  for (const said of [...pieces.flatMap((piece) => tags.add(piece)), ...tags.end(isWhole)]) {
    const last = parts.at(-1)
    if (said.kind === "was-thought") parts.splice(-1, 1, { kind: "thought", text: last?.text ?? "" })
    else if (last?.kind === said.kind) last.text += said.text
    else parts.push({ ...said })
  }
  const told = parts.map(({ kind, text }) => (kind === "thought" ? `{${text}}` : text)).join("")
  return told.replaceAll("}{", "")
}

/** In one piece, in pieces of one to seven characters, and cut once at every place. */
function everyCut(text: string): string[][] {
  const even = [1, 2, 3, 7].map((size) => text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [])
  const once = Array.from({ length: text.length - 1 }, (_, at) => [text.slice(0, at + 1), text.slice(at + 1)])
  return [[text], ...even, ...once]
}

const thoughts: [whose: string, text: string][] = [
  ["DeepSeek's", "<think>\nhm so.\n</think>\n\nHello world."],
  ["Qwen's", "<think>hm so.</think>Hello world."],
  ["behind white space", "\n \n<think>hm so.</think> \nHello world."],
  ["in capitals", "<THINK>hm so.</Think>\nHello world."],
  ["with attributes", '<think duration="3" lang=en>\nhm so.\n</think >\n\nHello world.'],
  ["in capitals with one", "<THINKING\tid='1'>hm so.</THINKING>Hello world."],
  ["Hunyuan's", "<think>\nhm so.\n</think>\n<answer>\nHello world.\n</answer>"],
  [
    "Command's, with its words",
    "<|START_THINKING|>hm so.<|END_THINKING|><|START_RESPONSE|>Hello world.<|END_RESPONSE|>\n",
  ],
  [
    "OpenThinker's",
    "<|begin_of_thought|>\nhm so.\n<|end_of_thought|>\n\n<|begin_of_solution|>\nHello world.\n<|end_of_solution|>",
  ],
  ["one that was told to", "<thinking>\nhm so.\n</thinking>\n\nHello world."],
  ["Gemini's", "<thought>\nhm so.</thought>Hello world."],
  ["Magistral's", "[THINK]hm so.[/THINK]Hello world."],
  ["Kimi's", "◁think▷hm so.◁/think▷\n\nHello world."],
  ["Seed's", "<seed:think>hm so.</seed:think>Hello world."],
  ["Command's", "<|START_THINKING|>hm so.<|END_THINKING|>\nHello world."],
  ["Gemma's", "<|channel>thought\nhm so.\n<channel|>Hello world."],
  ["gpt-oss's", "<|channel|>analysis<|message|>hm so.<|end|><|start|>assistant<|channel|>final<|message|>Hello world."],
]

describe("D3 text between tags is a thought, however it is cut", () => {
  test.each(thoughts)("%s", (_, text) => {
    for (const pieces of everyCut(text)) expect(readingOf(pieces), JSON.stringify(pieces)).toBe("{hm so.}Hello world.")
  })

  test("a thought may lack its opening tag", () => {
    const text = "hm so.\n</think>\n\nHello world."
    for (const pieces of everyCut(text)) {
      const habit = { beginsThinking: false }
      expect(readingOf(pieces, { habit }), JSON.stringify(pieces)).toBe("{hm so.}Hello world.")
      expect(readingOf(pieces, { habit }), "and the next one, known by then").toBe("{hm so.}Hello world.")
    }
    expect(readingOf(["hm so.", "</think>", "Hello world."])).toBe("{hm so.}Hello world.")
  })

  test("a model known to omit the opening tag streams its thought from the first word", () => {
    const tags = thinkTags({ beginsThinking: true })
    expect(tags.add("hm")).toEqual([{ kind: "thought", text: "hm" }])
  })

  test("a nested thought ends with the last closing tag", () => {
    for (const pieces of everyCut("<think>hm <think>so</think> yes.\n</think>\n\nHello world."))
      expect(readingOf(pieces), JSON.stringify(pieces)).toBe("{hm <think>soyes.}Hello world.")
  })

  test("a tag mentioned inside a thought changes nothing", () => {
    for (const pieces of everyCut("<think>I write <think> first.</think>\n\nThe end </think> is a tag."))
      expect(readingOf(pieces), JSON.stringify(pieces)).toBe("{I write <think> first.}The end </think> is a tag.")
  })

  test("a thought that is never closed lasts to the end", () => {
    for (const pieces of everyCut("<think>\nhm so.\nHello world."))
      expect(readingOf(pieces), JSON.stringify(pieces)).toBe("{hm so.\nHello world.}")
  })

  test("an answer between tags is text if no thought came before, or if more follows", () => {
    for (const pieces of everyCut("<answer>Hello world.</answer>"))
      expect(readingOf(pieces), JSON.stringify(pieces)).toBe("<answer>Hello world.</answer>")
    for (const pieces of everyCut("<think>hm</think><answer>Write </answer> last."))
      expect(readingOf(pieces), JSON.stringify(pieces)).toBe("{hm}Write </answer> last.")
  })

  test("two thoughts are separate paragraphs", () => {
    for (const pieces of everyCut("<think>hm</think>\n<think> so.</think>\nHello world."))
      expect(readingOf(pieces), JSON.stringify(pieces)).toBe("{hm\n\nso.}Hello world.")
  })

  test("an empty thought leaves nothing", () => {
    expect(readingOf(["<think>\n\n</think>\n\nHello world."])).toBe("Hello world.")
    expect(readingOf(["</think>\n\nHello world."])).toBe("Hello world.")
  })

  test("an unclosed tag makes the rest a thought", () => {
    expect(readingOf(["<think>\nhm so."])).toBe("{hm so.}")
    expect(readingOf(["<think>hm so.</thi"])).toBe("{hm so.</thi}")
  })
})

describe("D3 text stays text", () => {
  test.each([
    ["in code", "Write `<think>` first and `</think>` last."],
    ["in a block of code", "So:\n```\n</think>\n```\nThat is all."],
    ["as a word", "The tag </think> ends a thought."],
    ["as an example", "For example:\n<think>\nhm\n</think>\nand so on."],
    ["in quotes", 'It prints "</think>" and stops.'],
    ["a comparison", "1 < 2 and [3] is a list"],
    ["another tag", "<thinner>no</thinner>"],
    ["an unfinished one", "a < b, and then <thi"],
    ["letters that grow in lower case", "İİİİ <think> İ </think> x"],
  ])("%s", (_, text) => {
    for (const pieces of everyCut(text)) expect(readingOf(pieces), JSON.stringify(pieces)).toBe(text)
  })

  test("only white space and possible tags are held back", () => {
    const tags = thinkTags({ beginsThinking: false })
    expect(tags.add("Hello")).toEqual([{ kind: "text", text: "Hello" }])
    expect(tags.add(" <b>bold</b> <")).toEqual([{ kind: "text", text: " <b>bold</b> " }])
    expect(tags.add("i>")).toEqual([{ kind: "text", text: "<i>" }])
  })

  test("a model known to begin with a thought loses that mark when it answers at once, and its text streams", () => {
    const habit = { beginsThinking: true }
    expect(readingOf(["Hello ", "world."], { habit })).toBe("{Hello world.}Hello world.")
    expect(habit.beginsThinking).toBe(false)
    expect(readingOf(["Hello ", "world."], { habit })).toBe("Hello world.")
  })

  test("if thoughts come in a field of their own, a closing tag without an opening one is text", () => {
    const tags = thinkTags({ beginsThinking: true })
    tags.expectNone()
    expect(tags.add("Close it so:\n</think>\nDone.")).toEqual([{ kind: "text", text: "Close it so:\n</think>\nDone." }])
  })
})
