import { expect, vi } from "vitest"

/** What waits for ever takes longer; what waits for nothing takes less, however busy the machine. */
export const hangMs = 60_000

/** Fails where the work takes longer: a limit is far above what a busy machine takes, and below what a wrong wait takes. */
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
