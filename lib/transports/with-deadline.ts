import { StreamSilent } from "./chat-problem.ts"

/** Slower uploads than this count as silent: long messages get more time on slow connections. */
export const uploadBytesPerMs = 5
const checkEveryMs = 1_000

/**
 * Waits for something from the network, up to a limit.
 *
 * Polls the clock instead of setting one timer: a sleeping laptop stops timers but not the clock, so a connection that
 * was silent all night is recognised as dead as soon as the lid opens.
 * @throws StreamSilent after `limitMs`, or the signal's reason
 */
export async function withDeadline<Result>(
  work: Promise<Result>,
  limitMs: number,
  signal: AbortSignal,
): Promise<Result> {
  const startedAt = Date.now()
  const givenUp = Promise.withResolvers<never>()
  const giveUp = () => givenUp.reject(signal.reason)
  const timer = setInterval(() => {
    if (Date.now() - startedAt >= limitMs) givenUp.reject(new StreamSilent())
  }, checkEveryMs)
  signal.addEventListener("abort", giveUp)
  if (signal.aborted) giveUp()
  try {
    return await Promise.race([work, givenUp.promise])
  } finally {
    clearInterval(timer)
    signal.removeEventListener("abort", giveUp)
  }
}

/** Waits for something up to a limit. @returns undefined where it takes longer. @throws the signal's reason */
export async function inTime<Result>(
  work: Promise<Result>,
  limitMs: number,
  signal: AbortSignal,
): Promise<Result | undefined> {
  try {
    return await withDeadline(work, limitMs, signal)
  } catch (error) {
    if (error instanceof StreamSilent) return undefined
    throw error
  }
}
