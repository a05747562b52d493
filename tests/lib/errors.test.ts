import { expect, test, vi } from "vitest"
import { ChatError } from "#lib/errors.ts"

test("an error from another module graph of the process is recognized as ours", async () => {
  vi.resetModules()
  const other = await import("#lib/errors.ts")
  expect(other.ChatError).not.toBe(ChatError)
  expect(new other.ChatError("rate_limited")).toBeInstanceOf(ChatError)
  expect(new Error("rate_limited")).not.toBeInstanceOf(ChatError)
})
