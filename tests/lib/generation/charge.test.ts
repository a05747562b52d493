import { expect, test } from "vitest"
import { usageOf } from "#lib/generation/storing/charge.ts"

test("an estimate counts a file as a picture, not by its bytes", () => {
  const data = new Uint8Array(5_000_000)
  const content = [{ type: "file" as const, mediaType: "image/png", data }]
  const { inputTokens } = usageOf(
    undefined,
    { instructions: "", messages: [{ role: "user", content }] },
    { chars: 0, isLost: false },
  )
  expect(inputTokens).toBeGreaterThanOrEqual(1_000)
  expect(inputTokens).toBeLessThan(1_100)
})

test("a run that waits for a decision is not estimated: what it used is reported at its end", () => {
  const prompt = { instructions: "Be brief.", messages: [] }
  const waiting = { chars: 100, isLost: false, isReportedLater: true }
  expect(usageOf(undefined, prompt, waiting)).toMatchObject({ inputTokens: 0, outputTokens: 0, estimated: false })
  const reported = { inputTokens: 3, outputTokens: 2, cachedInputTokens: 0, reasoningTokens: 0, estimated: false }
  expect(usageOf(reported, prompt, waiting)).toMatchObject({ inputTokens: 3, outputTokens: 2 })
})
