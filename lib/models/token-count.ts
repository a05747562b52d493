/** What a column of Postgres takes as an integer. No answer has so many tokens. */
export const mostTokens = 2 ** 31 - 1

/** @returns the number of tokens, rounded; undefined where it makes no sense as one */
export function tokenCount(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  if (typeof number !== "number" || !Number.isFinite(number) || number < 0 || number > mostTokens) return undefined
  return Math.round(number)
}
