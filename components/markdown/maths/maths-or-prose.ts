/** Tells whether text between two dollar signs is a formula. Amounts of money and shell variables stay text. */
export function isClearlyMaths(source: string): boolean {
  if (isProse(source) || !/[\p{L}\d\\]/u.test(source)) return false
  return /[\\^_=<>+{}]/.test(source) || !/\p{Ll}{3}|\p{L}{4}|\s\p{Ll}{2}|\p{Ll}{2}\s/u.test(source)
}

/** Tells whether a text contains syntax that hardly occurs outside of TeX. */
export function hasTex(source: string): boolean {
  return /\\[a-z]|[\^_=]/i.test(source)
}

/** Tells whether a text has two words in a row that are not arguments of a TeX command. */
export function isProse(source: string): boolean {
  return /\p{L}{2}[,.;:]?\s+\p{L}{2}/u.test(source.replace(wordsOfTex, "{}"))
}

const wordsOfTex = /\\(?:text\w*|math\w+|operatorname|begin|end|tag)\*?\s*\{[^{}]*\}|\\[a-z]+/gi
