/** The protocol counts intervals from here, so that cursors of different servers are alike. */
const countedFromMs = Date.UTC(2024, 9, 9)
const intervalMs = 20_000
/** How far the cursor of a client that is ahead is raised: at most an hour, as the protocol says. */
const mostIntervalsAhead = 3_600_000 / intervalMs

/**
 * Returns the cursor of a live response, which its client sends with the next request: each round then has an address
 * of its own, and no cache on the way can answer it with an earlier round.
 * @param echoed what the client sent; anything but a whole number counts as nothing
 * @returns the number of the current interval, or a higher one than the client has already
 */
export function cursorAfter(echoed: string | undefined, nowMs: number, random: () => number = Math.random): string {
  const current = Math.floor((nowMs - countedFromMs) / intervalMs)
  const known = echoed !== undefined && /^\d{1,15}$/.test(echoed) ? Number(echoed) : -1
  return String(known < current ? current : known + 1 + Math.floor(random() * mostIntervalsAhead))
}
