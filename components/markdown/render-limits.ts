const mostChars = 200_000
const deepestNesting = 40
const mostOpeningsInBlock = 3_000
const mostSignsInBlock = 9_000

/** @returns true for text that is made to choke a renderer: nothing a person would read is lost by showing it plain */
export function exceedsRenderLimits(text: string): boolean {
  if (text.length > mostChars || nestedTooDeep.test(text)) return true
  return text.length > mostOpeningsInBlock && text.split(/\n[ \t]*\n/).some(opensTooMuch)
}

/** Quotes in quotes, lists in lists, or brackets in brackets. */
const nestedTooDeep = new RegExp(
  [
    `^[ \\t]*(?:>[ \\t]?){${deepestNesting}}`,
    `^[ \\t]*(?:(?:[-*+]|\\d{1,9}[.)])[ \\t]+){${deepestNesting}}`,
    `^[ \\t]{${deepestNesting * 4},}(?:[-*+>]|\\d{1,9}[.)])`,
    `(?:!?\\[){${deepestNesting},}`,
    `[*_~]{${deepestNesting * 10},}`,
  ].join("|"),
  "m",
)

/** Each opening bracket or backtick is compared with all that could close it, and so is each sign of emphasis. */
function opensTooMuch(block: string): boolean {
  if (block.length <= mostOpeningsInBlock) return false
  const isTooMuch = (signs: RegExp, most: number) => (block.match(signs)?.length ?? 0) > most
  return isTooMuch(/[[`]/g, mostOpeningsInBlock) || isTooMuch(/[*_~]/g, mostSignsInBlock)
}
