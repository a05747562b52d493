/** Handles text that any database, JSON reader and screen accepts: no NUL, no half of a surrogate pair. */

export function isWellFormedText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0")
}

export function wellFormedText(text: string): string {
  return isWellFormedText(text) ? text : text.toWellFormed().replaceAll("\0", "")
}

/** Cuts a text to at most this many characters, never inside a surrogate pair. */
export function beginningOf(text: string, maxChars: number): string {
  const cut = text.slice(0, maxChars)
  return cut.length < text.length && /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut
}

/** Returns the end of a text, at most this many characters, never beginning inside a surrogate pair. */
export function endOf(text: string, maxChars: number): string {
  const cut = text.slice(-maxChars)
  return cut.length < text.length && /^[\uDC00-\uDFFF]/.test(cut) ? cut.slice(1) : cut
}

/** Cuts a text that is longer than this many characters, and puts a sign in the place of the rest. */
export function shortened(text: string, maxChars: number, sign = "…"): string {
  return text.length > maxChars ? `${beginningOf(text, maxChars)}${sign}` : text
}

/** Returns the first line that is not blank, cut if it is long. */
export function firstLineOf(text: string, maxChars: number): string {
  const line =
    beginningOf(text, 10 * maxChars)
      .trim()
      .split("\n", 1)[0] ?? ""
  return beginningOf(line, maxChars)
}

/** Returns a run of backticks that is longer than any in the text, so that nothing in the text can end the code. */
export function fenceFor(text: string, minChars = 1): string {
  const runs = Array.from(text.matchAll(/`+/g), ([run]) => run.length)
  return "`".repeat(runs.reduce((longest, run) => Math.max(longest, run + 1), minChars))
}
