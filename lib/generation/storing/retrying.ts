import { setTimeout as wait } from "node:timers/promises"

interface RetryOptions {
  /** called for each failure */
  onProblem: (error: unknown) => void
  /** returns true for an error that ends the tries and is thrown (default: never) */
  givesUp?: (error: unknown, elapsedMs: number) => boolean
  /** ends the tries once it returns true: the work is done elsewhere */
  isOver: () => boolean
}

/** Tries again after 0.25, 0.5, 1, 2, 2 … s. @returns undefined only if `isOver` ended it */
export async function retrying<Result>(
  work: () => Promise<Result>,
  { onProblem, givesUp, isOver }: RetryOptions,
): Promise<Result | undefined> {
  const startedAtMs = performance.now()
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    try {
      return await work()
    } catch (error) {
      if (givesUp?.(error, performance.now() - startedAtMs)) throw error
      onProblem(error)
      if (isOver()) return undefined
    }
    await wait(pauseMs)
    if (isOver()) return undefined
  }
}
