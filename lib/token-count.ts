/** The largest integer of a Postgres column. No answer has this many tokens. */
const maxTokens = 2 ** 31 - 1

/** Reads a number of tokens, rounded; undefined if it is not a sensible number. */
export function tokenCount(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  if (typeof number !== "number" || !Number.isFinite(number) || number < 0 || number > maxTokens) return undefined
  return Math.round(number)
}

/**
 * Reads a provider's report of one model call, for summing.
 * @returns 0 if it reports nothing; NaN if the value makes no sense, which also makes the sum NaN
 */
export function tokensIn(reported: unknown): number {
  return reported === undefined || reported === null ? 0 : (tokenCount(reported) ?? Number.NaN)
}
