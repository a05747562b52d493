import type { Snippet } from "#lib/chat-protocol.ts"

/** A piece of a text round a hit, as the database cut it: it counts code points. */
export interface Excerpt {
  text: string
  /** where the hit begins in it, from 0 */
  hitAt: number
  isCutBefore: boolean
  isCutAfter: boolean
}

/** What stands before a hit is so short that in two narrow lines the hit is to be seen, in a script of wide letters as well. */
const mostBefore = 20

/** @param wanted what was looked for, in any case @returns the hit as it stands there, with what stands round it */
export function snippetOf(excerpt: Excerpt, wanted: string): Snippet {
  const [before, hit, after] = divided(excerpt, wanted)
  const { shown, isCut } = nearestOf(oneLine(before))
  return {
    before: `${isCut || excerpt.isCutBefore ? "…" : ""}${shown.trimStart()}`,
    hit: oneLine(hit),
    after: oneLine(excerpt.isCutAfter ? withoutLast(after) : after).trimEnd(),
  }
}

/** @returns undefined where the title shows the hit by itself */
export function snippetOfTitle(title: string, wanted: string): Snippet | undefined {
  const at = findFolded(title, wanted)
  if (!at || [...title.slice(0, at.to)].length <= seenOfTitle) return undefined
  const hitAt = [...title.slice(0, at.from)].length
  return snippetOf({ text: title, hitAt, isCutBefore: false, isCutAfter: false }, wanted)
}

/** Of a title in the list so many of the widest letters are to be seen, and more of others. */
const seenOfTitle = 13

/**
 * By the place that the database found; where letters grow with their case that is not quite the place, and it is looked
 * for. Where neither finds it, nothing is marked.
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

/** @returns the place in the text itself, however its letters grow with their case */
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

/** Letter by letter: what a letter becomes does not depend on where in a word it stands. */
function folded(text: string): string {
  return Array.from(text, (point) => point.toLowerCase()).join("")
}

/** The end of what stands before, from a word's beginning where one is near; nothing that is one sign is cut in two. */
function nearestOf(before: string): { shown: string; isCut: boolean } {
  const signs = Array.from(graphemes.segment(before), ({ segment }) => segment)
  if (signs.length <= mostBefore) return { shown: before, isCut: false }
  const near = signs.slice(-mostBefore)
  const space = near.slice(0, -1).indexOf(" ")
  return { shown: near.slice(space + 1).join(""), isCut: true }
}

/** The last sign may have been cut in two. */
function withoutLast(text: string): string {
  const last = Array.from(graphemes.segment(text)).at(-1)
  return text.slice(0, last?.index ?? 0)
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").toWellFormed()
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })
