import { randomInt } from "node:crypto"
import type { Parameters } from "fast-check"

/**
 * What a property over real parts is checked with. If it fails, fast-check prints seed and path. `SEED=` brings the
 * same runs back, `SEED=… SEED_PATH=…` the one that failed alone; only then is it made smaller, which takes its time.
 */
export function seeded<Given>(numRuns: number): Parameters<Given> {
  const { SEED, SEED_PATH } = process.env
  return {
    seed: Number(SEED ?? randomInt(2 ** 31)),
    ...(SEED_PATH === undefined ? { numRuns, endOnFailure: true } : { numRuns: 1, path: SEED_PATH }),
    includeErrorInReport: true,
  }
}
