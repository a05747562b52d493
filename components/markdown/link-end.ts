/**
 * Returns the length of a bare link. It ends at the first character that cannot be part of an address, also without a
 * space as in Chinese and Japanese, and before a particle that Korean or Japanese attaches to it.
 * @param text up to the next space
 * @param before the character in front of it; empty at the beginning
 * @returns 0 if no link begins
 */
export function linkLength(text: string, before: string): number {
  const [start = ""] = /^(?:https?:\/\/|www\.)/i.exec(text) ?? []
  if (start === "" || /[A-Za-z]/.test(before) || (/^w/i.test(start) && /[\d/.@:=-]/.test(before))) return 0
  const [host = ""] = hostAhead.exec(text.slice(start.length)) ?? []
  if (host === "" || /_[^.]*(?:\.[^.]*)?$/.test(host)) return 0
  const from = start.length + host.length
  const [rest = ""] = /^[:/?#][^\s<>"`]*/.exec(text.slice(from)) ?? []
  const end = endsEarlier.exec(rest)
  return from + trimmed(end ? rest.slice(0, end.index) : rest).length
}

const asciiHost = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
/** A host in another script is taken whole. After an ASCII host, letters of another script belong to the sentence. */
const hostAhead = new RegExp(
  `^(?:\\[[0-9a-f:.]+\\]|${asciiHost}(?![\\p{L}\\p{N}.-]*\\.[A-Za-z])|[\\p{L}\\p{N}](?:[\\p{L}\\p{N}.-]*[\\p{L}\\p{N}])?|${asciiHost})`,
  "u",
)

const endsEarlier = new RegExp(
  [
    "[\\u2014\\u2026\\u201c\\u201d\\u3000-\\u3004\\u3008-\\u301f\\u30fb\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65]",
    "\\*\\*|~~|\\*(?![\\w./-])",
    "(?<=[A-Za-z0-9/])(?:을|를|은|는|이|가|에서|에는|에|으로|로|와|과|의|도|부터|까지|라는|이라는|입니다|이에요|예요)(?=[.,!?:;)\\]'’]*$)",
    "(?<=[A-Za-z0-9])(?:\\p{Script=Hiragana}|[的是和与或吗呢了])",
  ].join("|"),
  "u",
)

/** Removes punctuation that ends the sentence, and a closing bracket that was not opened in the link. */
function trimmed(rest: string): string {
  const shorter = rest.replace(/(?:&[A-Za-z0-9]+;|[?!.,:;*_~'’])+$/, "")
  const last = shorter.at(-1) ?? ""
  const opening = last === ")" ? "(" : last === "]" ? "[" : ""
  const isUnopened = opening !== "" && shorter.split(last).length > shorter.split(opening).length
  return isUnopened ? trimmed(shorter.slice(0, -1)) : shorter
}
