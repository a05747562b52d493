import { expect, vi } from "vitest"

/** An endless wait takes longer and a normal run less, however busy the machine. */
export const hangMs = 60_000

/** Fails if the work takes longer: the limit is far above a busy machine's time, and below a wrong wait's. */
export async function within<Result>(limitMs: number, work: () => Promise<Result>): Promise<Result> {
  const startedAtMs = performance.now()
  const result = await work()
  expect(performance.now() - startedAtMs).toBeLessThan(limitMs)
  return result
}

/** Asks a database that may be out of breath on a busy machine until it answers. */
export function patiently<Result>(query: () => Promise<Result>): Promise<Result> {
  return vi.waitFor(query, { timeout: hangMs, interval: 20 })
}
