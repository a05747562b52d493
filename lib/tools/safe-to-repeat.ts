/**
 * A tool says here that it may be run again with the same input where nobody knows whether it was run: it changes
 * nothing. Of any other tool a call that broke off counts as failed, and the model decides.
 */
export function safeToRepeat<Declared extends object>(tool: Declared): Declared & { isSafeToRepeat: true } {
  return Object.assign(tool, { isSafeToRepeat: true as const })
}

export function isSafeToRepeat(tool: object): boolean {
  return "isSafeToRepeat" in tool && tool.isSafeToRepeat === true
}
