import { late, within } from "#lib/within.ts"
import { hangMs } from "#tests/support/within.ts"

/** A step may wait for several things, each as long as what hangs. */
const stepMs = 2 * hangMs

/** Of all runs of a test: a hang fails its step long before, so this only keeps a busy machine from failing them. */
export const runsMs = 900_000

export type Step = <Result>(name: string, work: Promise<Result>) => Promise<Result>

/**
 * Bounds the steps of one run, so that a hang fails with its seed and says where it waits.
 * @param describe tells what is known at that moment
 * @returns a function that waits for a step, and throws if it hangs; after a hang it throws the first one again
 */
export function boundedSteps(describe: () => Promise<string>): Step {
  let hang: Error | undefined
  return async (name, work) => {
    const outcome = await within(work, stepMs)
    if (outcome !== late) return outcome
    hang ??= new Error(`"${name}" hangs: ${await describe()}`)
    throw hang
  }
}
