import { randomInt } from "node:crypto"
import { onTestFailed } from "vitest"

export interface RandomNumbers {
  /** @returns a whole number from 0, below `limit` */
  below(limit: number): number
}

/**
 * Random numbers that can be repeated: a failed test prints their seed, and `SEED=` brings them back.
 * @param whenFailed a concurrent test's own `onTestFailed`
 */
export function seededNumbers(whenFailed: (tell: () => void) => void = onTestFailed): RandomNumbers {
  const seed = Number(process.env.SEED ?? randomInt(2 ** 31))
  whenFailed(() => console.error(`to run it with the same random numbers: SEED=${seed}`))
  let state = seed
  return {
    below(limit) {
      // mulberry32
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
    },
  }
}
