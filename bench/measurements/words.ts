import type { Reading } from "../peers/reading.ts"
import { wordChars } from "../provider.ts"

/** A figure of an answer that broke off would be no figure. @throws unless it is whole */
export function expectWords(reading: Reading, words: number): void {
  const { ending, text } = reading
  if (ending === "finished" && text === "word ".repeat(words)) return
  throw new Error(`an answer ended ${ending} after ${text.length / wordChars} of ${words} words`)
}

/** @returns the characters of text that came within this time, in shared milliseconds */
export function charsBetween(reading: Reading, fromMs: number, toMs: number): number {
  const inside = reading.timeline.filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
  return inside.reduce((sum, { text }) => sum + text.length, 0)
}
