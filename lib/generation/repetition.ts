/** Agreements that are shorter are chance: many a sentence begins with "The". */
const minRepeatedChars = 20
/** Who begins anew further back than this is not noticed. */
const maxLookedBackChars = 50_000

/**
 * Takes away what a model that goes on with a text repeats of it: the last words, or all from the beginning.
 * What could still become a repetition is held back until it is none.
 * @param text what was said before
 */
export function withoutRepetition(text: string): { follow(delta: string): string; rest(): string } {
  const said = text.slice(-maxLookedBackChars)
  /** undefined: what comes is new by now */
  let held: string | undefined = ""

  function rest(): string {
    const next = held ?? ""
    held = undefined
    return next.slice(repeatedChars(said, next))
  }

  return {
    follow(delta) {
      if (held === undefined) return delta
      held += delta
      return said.includes(held) ? "" : rest()
    },
    rest,
  }
}

function repeatedChars(said: string, next: string): number {
  for (let chars = Math.min(said.length, next.length); chars >= minRepeatedChars; chars--)
    if (said.endsWith(next.slice(0, chars))) return chars
  return 0
}
