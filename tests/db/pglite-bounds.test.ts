import type { PGlite } from "@electric-sql/pglite"
import { expect, test, vi } from "vitest"
import { isBusy } from "#db/failures.ts"
import { boundPglite } from "#db/pglite-bounds.ts"

test("I6 callers queued in the embedded database wait while those ahead make progress, but not for ever", async () => {
  vi.useFakeTimers()
  try {
    const answers: (() => void)[] = []
    const client = { query: () => new Promise<void>((resolve) => answers.push(resolve)), transaction: () => undefined }
    // These are the only two methods of a PGlite that are bounded.
    const bounded = client as unknown as PGlite
    boundPglite(bounded, { deadlineMs: 3_000, patienceMs: 10_000 })
    const burst = Array.from({ length: 9 }, () => bounded.query("select 1"))
    const outcomes = Promise.allSettled(burst)
    for (const answer of answers.slice(0, 4)) {
      await vi.advanceTimersByTimeAsync(2_000)
      answer()
    }
    await vi.advanceTimersByTimeAsync(900)
    answers[4]?.()
    await vi.advanceTimersByTimeAsync(60_000)
    const ends = (await outcomes).map((outcome) =>
      outcome.status === "fulfilled" ? "answered" : isBusy(outcome.reason),
    )
    // It does not answer any more: that is an outage.
    expect(ends).toEqual([...Array(5).fill("answered"), ...Array(4).fill(false)])
  } finally {
    vi.useRealTimers()
  }
})
