import { openingFence } from "./fences.ts"

export interface FencedCode {
  code: string
  language: string
  isClosed: boolean
}

/**
 * Reads a block that is nothing but fenced code, so that long code need not be parsed as Markdown at each new word.
 * @returns undefined for every other block
 */
export function fencedCodeIn(block: string): FencedCode | undefined {
  const opening = openingLine.exec(block)
  if (!opening) return undefined
  const [line, fence = "", language = ""] = opening
  // An indented fence takes its indentation from each line: left to the parser.
  if (/^\n* /.test(line)) return undefined
  const rest = block.slice(line.length)
  const sign = fence.charAt(0)
  const closing = new RegExp(`(?<=^|\\n) {0,3}${sign}{${fence.length},}[ \\t]*\\n*$`).exec(rest)
  // While it is written, the half of a closing fence is no code.
  const half = new RegExp(`(?<=^|\\n) {0,3}${sign}*$`)
  return {
    code: closing ? rest.slice(0, closing.index) : rest.replace(half, ""),
    language: language.replace(/[^\w#+.-].*$/, "").slice(0, 30),
    isClosed: closing !== null,
  }
}

const openingLine = new RegExp(`^\\n* {0,3}(${openingFence})[ \\t]*([^\\s]*)[^\\n]*(?:\\n|$)`)
