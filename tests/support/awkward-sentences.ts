/** Sentences of people and models that are hard to tell from Markdown, with the text that a reader must see. */
import { readFileSync } from "node:fs"
import { fromMarkdown } from "mdast-util-from-markdown"
import { gfmFromMarkdown } from "mdast-util-gfm"
import { gfm } from "micromark-extension-gfm"

export interface AwkwardSentence {
  said: string
  /** the visible text, without white space */
  seen: string
}

export function awkwardSentences(): AwkwardSentence[] {
  const [, said = "", markdown = "", decided = ""] = readFileSync("tests/support/awkward-sentences.txt", "utf8").split(
    /^=== .*\n/m,
  )
  return [
    ...linesOf(said).map((line) => ({ said: line, seen: withoutSpaces(line) })),
    ...linesOf(markdown).map((line) => ({ said: line, seen: withoutSpaces(referenceText(line)) })),
    ...linesOf(decided).map((line) => {
      const [sentence = "", seen = ""] = line.split(" ⇒ ")
      return { said: sentence, seen: withoutSpaces(seen) }
    }),
  ]
}

export function withoutSpaces(text: string): string {
  return text.replace(/\s+/g, "")
}

function linesOf(section: string): string[] {
  return section.split("\n").flatMap((line) => (line === "" ? [] : [line.replaceAll("⏎", "\n").replaceAll("⇥", "\t")]))
}

interface Node {
  type: string
  value?: string
  ordered?: boolean | null
  start?: number | null
  children?: Node[]
}

/** @returns the text that the reference implementation of CommonMark and GFM shows */
export function referenceText(markdown: string): string {
  return textOf(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }))
}

function textOf({ type, value = "", children = [], ...list }: Node): string {
  if (type === "definition") return ""
  const parts = children.map((child, index) => (list.ordered ? `${(list.start ?? 1) + index}. ` : "") + textOf(child))
  return value + parts.join("")
}
