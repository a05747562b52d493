/** @returns true for what only a formula has between two dollar signs: amounts of money and shell variables stay text */
export function isClearlyMaths(source: string): boolean {
  if (isProse(source) || !/[\p{L}\d\\]/u.test(source)) return false
  return /[\\^_=<>+{}]/.test(source) || !/\p{Ll}{3}|\p{L}{4}|\s\p{Ll}{2}|\p{Ll}{2}\s/u.test(source)
}

/** @returns true for what holds a sign that hardly anything but TeX has */
export function hasTex(source: string): boolean {
  return /\\[a-z]|[\^_=]/i.test(source)
}

/** @returns true where two words follow one another that no command of TeX has asked for */
export function isProse(source: string): boolean {
  return /\p{L}{2}[,.;:]?\s+\p{L}{2}/u.test(source.replace(wordsOfTex, "{}"))
}

const wordsOfTex = /\\(?:text\w*|math\w+|operatorname|begin|end|tag)\*?\s*\{[^{}]*\}|\\[a-z]+/gi
