/** Pieces of regular expressions for fenced code, so that all readers of a growing text agree on where code is. */

/** The beginning of a line up to its words: quotation marks of Markdown, and bullets or numbers of lists. */
export const linePrefix = "^[ \\t>]*(?:(?:[-*+]|\\d{1,9}[.)])[ \\t]+)*"

/** A fence of backticks has none in the rest of its line, which tells it from inline code. */
export const openingFence = "`{3,}(?=[^`\\n]*(?:\\n|$))|~{3,}"

/** @returns what matches the line that closes this fence; with the flag "m" anywhere in a text */
export function closingFence(fence: string, flags = ""): RegExp {
  return new RegExp(`^[ \\t>]*${fence.charAt(0)}{${fence.length},}[ \\t]*$`, flags)
}
