import type { Snippet } from "#lib/chat-protocol.ts"

/** The text around a hit, as the database cut it, counted in code points. */
export interface Excerpt {
  text: string
  /** where the hit begins in it, from 0 */
  hitAt: number
  isCutBefore: boolean
  isCutAfter: boolean
}

/** Short enough for the hit to be visible in two narrow lines, even in a script of wide letters. */
const maxBefore = 20

/**
 * Makes a snippet: the hit as it is spelled in the text, with the text around it.
 * @param wanted the search text, in any case
 */
export function snippetOf(excerpt: Excerpt, wanted: string): Snippet {
  const [before, hit, after] = divided(excerpt, wanted)
  const { shown, isCut } = nearestOf(oneLine(before))
  return {
    before: `${isCut || excerpt.isCutBefore ? "…" : ""}${shown.trimStart()}`,
    hit: oneLine(hit),
    after: oneLine(excerpt.isCutAfter ? withoutLast(after) : after).trimEnd(),
  }
}

/** Makes a snippet of a title. @returns undefined if the list shows the title's hit anyway */
export function snippetOfTitle(title: string, wanted: string): Snippet | undefined {
  const at = findFolded(title, wanted)
  if (!at || [...title.slice(0, at.to)].length <= shownOfTitle) return undefined
  const hitAt = [...title.slice(0, at.from)].length
  return snippetOf({ text: title, hitAt, isCutBefore: false, isCutAfter: false }, wanted)
}

/** The list shows at least this many letters of a title, even of the widest. */
const shownOfTitle = 13

/**
 * Splits a text at the hit. Letters that change their length with their case shift the database's position, so the hit
 * is then searched for here. If it is not found, nothing is marked.
 */
function divided({ text, hitAt }: Excerpt, wanted: string): [string, string, string] {
  const points = [...text]
  const end = hitAt + [...wanted].length
  const hit = points.slice(hitAt, end).join("")
  if (folded(hit) === folded(wanted)) return [points.slice(0, hitAt).join(""), hit, points.slice(end).join("")]
  const at = findFolded(text, wanted)
  if (at) return [text.slice(0, at.from), text.slice(at.from, at.to), text.slice(at.to)]
  return [points.slice(0, hitAt).join(""), "", points.slice(hitAt).join("")]
}

/** Finds the search text, ignoring case. The position is right even if letters change their length with their case. */
function findFolded(text: string, wanted: string): { from: number; to: number } | undefined {
  const places: number[] = []
  let all = ""
  let at = 0
  for (const point of text) {
    const small = folded(point)
    for (let unit = 0; unit < small.length; unit++) places.push(at)
    all += small
    at += point.length
  }
  places.push(at)
  const found = all.indexOf(folded(wanted))
  if (found < 0 || wanted === "") return undefined
  const to = places.slice(found + folded(wanted).length).find((place) => place > (places[found] ?? 0)) ?? text.length
  return { from: places[found] ?? 0, to }
}

/** Folds letter by letter, so that a letter's place in a word makes no difference. */
function folded(text: string): string {
  return Array.from(text, (point) => point.toLowerCase()).join("")
}

/** Keeps the end of the text before a hit, from the start of a word if one is near, and never cuts a grapheme. */
function nearestOf(before: string): { shown: string; isCut: boolean } {
  const signs = Array.from(graphemes.segment(before), ({ segment }) => segment)
  if (signs.length <= maxBefore) return { shown: before, isCut: false }
  const near = signs.slice(-maxBefore)
  const space = near.slice(0, -1).indexOf(" ")
  return { shown: near.slice(space + 1).join(""), isCut: true }
}

/** Drops the last grapheme, which may have been cut. */
function withoutLast(text: string): string {
  const last = Array.from(graphemes.segment(text)).at(-1)
  return text.slice(0, last?.index ?? 0)
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").toWellFormed()
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })
