import { setTimeout as wait } from "node:timers/promises"

interface RetryOptions {
  /** told of each failure that is tried again */
  onProblem: (error: unknown) => void
  /** gives up after this long, with the last error (default: never) */
  forMs?: number
  /** gives up at once where this turns true: somebody else has taken the work over */
  isOver?: () => boolean
}

/** Tries again after 0.25, 0.5, 1, 2, 4, 4 … s. @returns undefined only where `isOver` ended it */
export async function retrying<Result>(
  work: () => Promise<Result>,
  options: RetryOptions & { isOver: () => boolean },
): Promise<Result | undefined>
export async function retrying<Result>(work: () => Promise<Result>, options: RetryOptions): Promise<Result>
export async function retrying<Result>(
  work: () => Promise<Result>,
  options: RetryOptions,
): Promise<Result | undefined> {
  const startedAt = performance.now()
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 4000)) {
    try {
      return await work()
    } catch (error) {
      if (options.isOver?.()) return undefined
      if (performance.now() - startedAt + pauseMs > (options.forMs ?? Number.POSITIVE_INFINITY)) throw error
      options.onProblem(error)
    }
    await wait(pauseMs)
    if (options.isOver?.()) return undefined
  }
}
