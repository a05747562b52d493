/** What a column of Postgres takes as an integer. No answer has so many tokens. */
const mostTokens = 2 ** 31 - 1

/** @returns the number of tokens, rounded; undefined where it makes no sense as one */
export function tokenCount(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  if (typeof number !== "number" || !Number.isFinite(number) || number < 0 || number > mostTokens) return undefined
  return Math.round(number)
}

/**
 * What a provider reports of one model call, to be summed up.
 * @returns 0 where it says nothing; NaN where what it says makes no sense: no sum with it is one
 */
export function tokensIn(reported: unknown): number {
  return reported === undefined || reported === null ? 0 : (tokenCount(reported) ?? Number.NaN)
}
