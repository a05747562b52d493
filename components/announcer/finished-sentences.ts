import { closingFence, openingFence } from "#lib/fences.ts"
import { texts } from "../texts.ts"

export interface FinishedSentences {
  /** to be read aloud: without Markdown syntax, and with code only mentioned */
  sentences: string[]
  /** the position up to which the text was consumed */
  end: number
}

/**
 * Takes the complete sentences from a growing text, beginning where the last call ended.
 * @param isEnded no more text follows, so the last sentence is complete, too
 */
export function finishedSentences(text: string, start: number, isEnded: boolean): FinishedSentences {
  const sentences: string[] = []
  let at = start
  while (at < text.length) {
    const code = codeBlockAt(text, at)
    if (code && code.end === undefined && !isEnded) break
    if (code) {
      sentences.push(texts.codeSpoken)
      at = code.end ?? text.length
      continue
    }
    const newline = text.indexOf("\n", at)
    const isWholeLine = newline >= 0 || isEnded
    const line = text.slice(at, newline < 0 ? text.length : newline)
    const segments = sentencesOf(line)
    // The last sentence may still grow.
    const whole = isWholeLine ? segments : segments.slice(0, -1)
    sentences.push(...whole.map(spoken).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence)))
    at = isWholeLine ? at + line.length + 1 : at + whole.join("").length
    if (!isWholeLine) break
  }
  return { sentences, end: Math.min(at, text.length) }
}

let segmenter: Intl.Segmenter | undefined

function sentencesOf(line: string): string[] {
  // Created on first use: loading a language's rules takes a phone about 100 ms.
  segmenter ??= new Intl.Segmenter(texts.language, { granularity: "sentence" })
  return [...segmenter.segment(line)].map(({ segment }) => segment)
}

/** @returns undefined if no code block begins here; its end is undefined while it is being written */
function codeBlockAt(text: string, at: number): { end: number | undefined } | undefined {
  if (at > 0 && text[at - 1] !== "\n") return undefined
  const fence = fencedLine.exec(text.slice(at, at + 100))?.[1]
  if (!fence) return undefined
  const closing = closingFence(fence, "gm")
  closing.lastIndex = at + fence.length
  return { end: closing.exec(text) ? closing.lastIndex : undefined }
}

const fencedLine = new RegExp(`^ {0,3}(${openingFence})`)

function spoken(sentence: string): string {
  return sentence
    .replace(/^\s*(#{1,6} |> ?|[-*+] (\[[ x]\] )?)+/i, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_~]{2,}|`+|(?<![\p{L}\p{N}])[*_]|[*_](?![\p{L}\p{N}])/gu, "")
    .replace(/^\s*\||\|\s*$/g, "")
    .replace(/\s*\|\s*/g, ", ")
    .replace(/\s+/g, " ")
    .trim()
}
