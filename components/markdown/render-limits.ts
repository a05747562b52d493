const maxChars = 200_000
const maxNesting = 40
const maxOpeningsInBlock = 3_000
const maxMarkersInBlock = 9_000

/** Tells whether a text would block the renderer. Only malicious text does, so showing it plain loses nothing. */
export function exceedsRenderLimits(text: string): boolean {
  if (text.length > maxChars || nestedTooDeep.test(text)) return true
  return text.length > maxOpeningsInBlock && text.split(/\n[ \t]*\n/).some(opensTooMuch)
}

/** Matches deeply nested quotations, lists or brackets. */
const nestedTooDeep = new RegExp(
  [
    `^[ \\t]*(?:>[ \\t]?){${maxNesting}}`,
    `^[ \\t]*(?:(?:[-*+]|\\d{1,9}[.)])[ \\t]+){${maxNesting}}`,
    `^[ \\t]{${maxNesting * 4},}(?:[-*+>]|\\d{1,9}[.)])`,
    `(?:!?\\[){${maxNesting},}`,
    `[*_~]{${maxNesting * 10},}`,
  ].join("|"),
  "m",
)

/** The parser compares each opening bracket, backtick and emphasis marker with all that could close it. */
function opensTooMuch(block: string): boolean {
  if (block.length <= maxOpeningsInBlock) return false
  const isTooMuch = (pattern: RegExp, limit: number) => (block.match(pattern)?.length ?? 0) > limit
  return isTooMuch(/[[`]/g, maxOpeningsInBlock) || isTooMuch(/[*_~]/g, maxMarkersInBlock)
}
