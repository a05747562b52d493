/** More than any answer uses, and what a column for whole numbers takes. */
const mostTokens = 2 ** 31 - 1

/** @returns the count as a whole number; undefined for what is none: negative, not finite, too large, no number at all */
export function countIn(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || value > mostTokens) return undefined
  return Math.round(value)
}

/**
 * What a provider reports of one model call, to be summed up.
 * @returns 0 where it says nothing; NaN where what it says makes no sense: no sum with it is one
 */
export function tokensIn(reported: unknown): number {
  return reported === undefined || reported === null ? 0 : (countIn(reported) ?? Number.NaN)
}
