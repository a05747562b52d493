import { closingFence } from "./fences.ts"

/** Longer code in a line is none that a person has meant. */
const mostInlineChars = 3_000

/**
 * @param match of backticks or of a fence, which its group `fence` holds
 * @returns where the code ends that begins with it; undefined where it begins none
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
  const paragraph = text.slice(from, from + mostInlineChars).split(/\n[ \t>]*\n/, 1)[0] ?? ""
  const closing = new RegExp(`(?<!\`)\`{${match[0].length}}(?!\`)`).exec(paragraph)
  if (closing) return from + closing.index + match[0].length
  // Half written code is shown as code.
  return isGrowing && from + paragraph.length >= text.length ? text.length : from
}
