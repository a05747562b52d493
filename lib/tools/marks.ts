/** Marks on tools that say how their calls are to be run. */

/** Marks a tool that changes something of the user's: each call waits for the user's approval. */
export function asksFirst<Declared extends object>(tool: Declared): Declared & { asksFirst: true } {
  return Object.assign(tool, { asksFirst: true as const })
}

export function isAskingFirst(tool: object): boolean {
  return "asksFirst" in tool && tool.asksFirst === true
}

/**
 * Marks a tool that may run again with the same input if it is not known whether it ran, because it changes nothing.
 * An interrupted call of any other tool counts as failed, and the model decides.
 */
export function safeToRepeat<Declared extends object>(tool: Declared): Declared & { isSafeToRepeat: true } {
  return Object.assign(tool, { isSafeToRepeat: true as const })
}

export function isSafeToRepeat(tool: object): boolean {
  return "isSafeToRepeat" in tool && tool.isSafeToRepeat === true
}

/**
 * Marks a tool of our own whose output lists, in its field `sources`, what an answer based on it should cite. Each
 * source there gets the number by which the model cites it. Sources of other tools are not vouched for.
 */
export function namesSources<Declared extends object>(tool: Declared): Declared & { namesSources: true } {
  return Object.assign(tool, { namesSources: true as const })
}

export function isNamingSources(tool: object): boolean {
  return "namesSources" in tool && tool.namesSources === true
}

/** A tool's failure, in words that the model and every reader of the chat may see. */
export class ReportedError extends Error {
  override readonly name = "ReportedError"
}
