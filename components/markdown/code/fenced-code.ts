import { openingFence } from "#lib/fences.ts"

export interface FencedCode {
  code: string
  language: string
  isClosed: boolean
}

/**
 * Reads a block that consists of fenced code, so that long code need not be parsed as Markdown with each new word.
 * @returns undefined for any other block
 */
export function fencedCodeIn(block: string): FencedCode | undefined {
  const opening = openingLine.exec(block)
  if (!opening) return undefined
  const [line, fence = "", language = ""] = opening
  // An indented fence removes its indentation from each line, which is left to the parser.
  if (/^\n* /.test(line)) return undefined
  const rest = block.slice(line.length)
  const sign = fence.charAt(0)
  const closing = new RegExp(`(?<=^|\\n) {0,3}${sign}{${fence.length},}[ \\t]*\\n*$`).exec(rest)
  // The half of a closing fence is not code.
  const half = new RegExp(`(?<=^|\\n) {0,3}${sign}*$`)
  return {
    code: closing ? rest.slice(0, closing.index) : rest.replace(half, ""),
    language: language.replace(/[^\w#+.-].*$/, "").slice(0, 30),
    isClosed: closing !== null,
  }
}

const openingLine = new RegExp(`^\\n* {0,3}(${openingFence})[ \\t]*([^\\s]*)[^\\n]*(?:\\n|$)`)
