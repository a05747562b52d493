/** Cuts `<think>…</think>` out of a text that comes in pieces. A tag that is itself in pieces is not seen. */
export function thinkTags() {
  let thoughts = ""
  let isInside = false
  return {
    get thoughts() {
      return thoughts
    },
    /** @returns what of this piece is to be seen */
    visible(piece: string): string {
      let visible = ""
      for (const token of piece.split(/(<think>|<\/think>)/)) {
        if (token === "<think>") isInside = true
        else if (token === "</think>") isInside = false
        else if (isInside) thoughts += token
        else visible += token
      }
      return visible
    },
  }
}
