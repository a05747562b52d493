/** How a tool says what it is: marks that are read where its calls are run. */

/** Marks a tool that changes something of the user's: each call waits until the user has approved it. */
export function asksFirst<Declared extends object>(tool: Declared): Declared & { asksFirst: true } {
  return Object.assign(tool, { asksFirst: true as const })
}

export function isAskingFirst(tool: object): boolean {
  return "asksFirst" in tool && tool.asksFirst === true
}

/**
 * Marks a tool that may run again with the same input where it is not known whether it ran: it changes nothing. A
 * call of any other tool that broke off counts as failed, and the model decides.
 */
export function safeToRepeat<Declared extends object>(tool: Declared): Declared & { isSafeToRepeat: true } {
  return Object.assign(tool, { isSafeToRepeat: true as const })
}

export function isSafeToRepeat(tool: object): boolean {
  return "isSafeToRepeat" in tool && tool.isSafeToRepeat === true
}

/**
 * Marks a tool of our own whose output names in its field `sources` what an answer made of it rests on. Each source gets
 * its number in the answer there, for the model to cite it by. Sources that other tools name are not vouched for.
 */
export function namesSources<Declared extends object>(tool: Declared): Declared & { namesSources: true } {
  return Object.assign(tool, { namesSources: true as const })
}

export function isNamingSources(tool: object): boolean {
  return "namesSources" in tool && tool.namesSources === true
}

/** What went wrong in a tool, in words that the model and every reader of the chat may see. */
export class ReportedError extends Error {
  override readonly name = "ReportedError"
}
