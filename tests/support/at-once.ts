import { setImmediate as turn } from "node:timers/promises"

/**
 * Waits for work that needs nothing from outside: promises settle and streams are read, but no store has answered and
 * no deadline of it has passed. Counted in turns of the event loop, which a busy machine makes longer and not more.
 * @throws if the work still waits after that
 */
export async function atOnce<Result>(work: Promise<Result>): Promise<Result> {
  let isSettled = false
  const settled = () => {
    isSettled = true
  }
  work.then(settled, settled)
  for (let turns = 0; turns < mostTurns && !isSettled; turns++) await turn()
  if (!isSettled) throw new Error("it waits for something outside")
  return work
}

/** Streams and promises settle within a few; even on a busy machine they pass far sooner than a store gives up. */
const mostTurns = 50
