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
