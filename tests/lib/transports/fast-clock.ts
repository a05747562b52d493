/** A clock that tests of waiting move on: it also runs by itself, for what real servers take. */
import { setImmediate as turn } from "node:timers/promises"
import { vi } from "vitest"

/** Uses the clock until the test ends. */
export function useFastClock(): void {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
    shouldAdvanceTime: true,
  })
}

export const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000)

/** Lets time pass, second by second, until this is settled. */
export async function timeFor<Result>(work: Promise<Result>): Promise<Result> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  work.then(settle, settle)
  while (!isSettled) {
    await pass(1)
    await turn()
  }
  return work
}
