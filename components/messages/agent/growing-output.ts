import { useState } from "react"
import { texts } from "../../texts.ts"

/** More is not kept while a command runs; its result has what the agent keeps. */
const maxChars = 100_000
/** The fewest characters by which the end of one text is recognised in another. */
const leastOverlapChars = 24

/**
 * Collects the output of a running command. The server sends only its newest part; what this page has had before stays, so
 * that nothing moves under a reader who has scrolled up.
 */
export function useGrowingOutput(newest: string, isRunning: boolean): string {
  const [seen, setSeen] = useState({ newest, collected: newest })
  if (!isRunning) return newest
  if (seen.newest === newest) return seen.collected
  const collected = joinedOutput(seen.collected, newest)
  setSeen({ newest, collected })
  return collected
}

/** Joins what was shown with a newer part of the same output, where they overlap, or names the gap between them. */
export function joinedOutput(shown: string, newest: string): string {
  if (shown === "" || newest.startsWith(shown)) return newest
  const start = overlapStart(shown, newest)
  const joined =
    start === undefined ? `${shown.trimEnd()}\n${texts.someLeftOut}\n${newest}` : shown.slice(0, start) + newest
  return joined.length > maxChars ? newest : joined
}

/** @returns where in the shown text the newer one begins */
function overlapStart(shown: string, newest: string): number | undefined {
  const probe = newest.slice(0, leastOverlapChars)
  for (let at = shown.indexOf(probe); at >= 0 && probe !== ""; at = shown.indexOf(probe, at + 1))
    if (newest.startsWith(shown.slice(at))) return at
  return undefined
}
