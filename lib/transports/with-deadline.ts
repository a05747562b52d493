import { StreamSilent } from "./chat-problem.ts"

const lookEveryMs = 1_000

/**
 * Waits for something from the network, but not for ever.
 *
 * It looks at the clock again and again instead of setting one timer: a laptop that sleeps stops timers, not the clock,
 * and a connection that was silent through the night is to be known as dead when the lid opens.
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
  }, lookEveryMs)
  signal.addEventListener("abort", giveUp)
  if (signal.aborted) giveUp()
  try {
    return await Promise.race([work, givenUp.promise])
  } finally {
    clearInterval(timer)
    signal.removeEventListener("abort", giveUp)
  }
}
