/** A tool says here that it may run only where the user has approved that very call: it changes something of the user's. */
export function asksFirst<Declared extends object>(tool: Declared): Declared & { asksFirst: true } {
  return Object.assign(tool, { asksFirst: true as const })
}

export function isAskingFirst(tool: object): boolean {
  return "asksFirst" in tool && tool.asksFirst === true
}
