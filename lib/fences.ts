/** Finds fenced code in Markdown, so that all readers of a text agree on where code is. */

/** The beginning of a line up to its words: quotation marks of Markdown, and bullets or numbers of lists. */
export const linePrefix = "^[ \\t>]*(?:(?:[-*+]|\\d{1,9}[.)])[ \\t]+)*"

/** A fence of backticks has none in the rest of its line, which tells it from inline code. */
export const openingFence = "`{3,}(?=[^`\\n]*(?:\\n|$))|~{3,}"

/** Matches a line that opens fenced code; the group is its fence. */
export const fencedLine = new RegExp(`${linePrefix}(${openingFence})`)

/** @returns what matches the line that closes this fence; with the flag "m" anywhere in a text */
export function closingFence(fence: string, flags = ""): RegExp {
  return new RegExp(`^[ \\t>]*${fence.charAt(0)}{${fence.length},}[ \\t]*$`, flags)
}

/** Removes fenced code. A fence that is not closed reaches to the end, as in a text that was cut. */
export function withoutFencedCode(text: string): string {
  let closing: RegExp | undefined
  const kept: string[] = []
  for (const line of text.split("\n")) {
    const fence = closing ? undefined : fencedLine.exec(line)?.[1]
    if (fence) closing = closingFence(fence)
    else if (!closing) kept.push(line)
    else if (closing.test(line)) closing = undefined
  }
  return kept.join("\n")
}
