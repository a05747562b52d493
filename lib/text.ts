/** Text that any database, JSON reader and screen takes: no NUL, no half of a surrogate pair. */

export function isWellFormedText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0")
}

export function wellFormedText(text: string): string {
  return isWellFormedText(text) ? text : text.toWellFormed().replaceAll("\0", "")
}
