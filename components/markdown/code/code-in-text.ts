import { closingFence } from "#lib/fences.ts"

/** Longer inline code is taken for a stray backtick. */
const maxInlineChars = 3_000

/**
 * Finds the end of code.
 * @param match of backticks, or of a fence in its group `fence`
 * @returns undefined if no code begins with the match
 */
export function codeEnd(text: string, match: RegExpExecArray, isGrowing: boolean): number | undefined {
  const from = match.index + match[0].length
  const fence = match.groups?.["fence"]
  if (fence) {
    const closing = closingFence(fence, "gm")
    closing.lastIndex = from
    return closing.test(text) ? closing.lastIndex : text.length
  }
  if (!match[0].startsWith("`")) return undefined
  const paragraph = text.slice(from, from + maxInlineChars).split(/\n[ \t>]*\n/, 1)[0] ?? ""
  const closing = new RegExp(`(?<!\`)\`{${match[0].length}}(?!\`)`).exec(paragraph)
  if (closing) return from + closing.index + match[0].length
  // Incomplete code is shown as code.
  return isGrowing && from + paragraph.length >= text.length ? text.length : from
}
