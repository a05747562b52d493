import { expect, vi } from "vitest"

/** An endless wait takes longer and a normal run less, however busy the machine. */
export const hangMs = 60_000

/**
 * Waits for work that takes at most `promisedMs` where nothing else runs. A busy machine may take longer, and says how
 * long; what hangs fails.
 */
export async function within<Result>(promisedMs: number, work: () => Promise<Result>): Promise<Result> {
  const startedAtMs = performance.now()
  const result = await work()
  const tookMs = Math.round(performance.now() - startedAtMs)
  if (tookMs > promisedMs) console.warn(`took ${tookMs} ms here; promised are ${promisedMs} ms on a machine with room`)
  expect(tookMs).toBeLessThan(hangMs)
  return result
}

/** Asks a database that may be out of breath on a busy machine until it answers. */
export function patiently<Result>(query: () => Promise<Result>): Promise<Result> {
  return vi.waitFor(query, { timeout: hangMs, interval: 20 })
}
