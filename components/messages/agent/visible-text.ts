/** Characters that a screen does not show, or that change the order or the look of others: none may hide what runs. */
const hiding = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u115f\u1160\u3164\uffa0]|(?![ ])\p{Zs}/gu

/** Returns a text in which every character can be seen, for a reader who decides whether it may run. */
export function visibleText(text: string): string {
  return text.replace(hiding, (character) => {
    const point = character.codePointAt(0) ?? 0
    return `‹U+${point.toString(16).toUpperCase().padStart(4, "0")}›`
  })
}
