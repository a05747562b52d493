import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { expect, test, vi } from "vitest"
import { silenceLimiting } from "#lib/models/silence-limit.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hi" }] }]

test("D10 a model that is silent, or falls silent, is given up and released", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const model = scripted("one two", { held: true })
  const { stream } = await silenceLimiting({ firstPartMs: 60_000, silenceMs: 5_000 })(model).doStream({ prompt })
  const reader = stream.getReader()
  model.release(1)
  const parts: LanguageModelV4StreamPart["type"][] = []
  while (parts.at(-1) !== "text-delta") parts.push((await reader.read()).value?.type ?? "finish")
  const next = reader.read()
  const failed = expect(next).rejects.toMatchObject({ name: "TimeoutError" })
  await vi.advanceTimersByTimeAsync(5_000)
  await failed
  await expect.poll(() => model.brokenOff).toBe(1)
})

test("D10 a slow model is heard to its end", async () => {
  const model = scripted("one two")
  const { stream } = await silenceLimiting()(model).doStream({ prompt })
  const parts = await Array.fromAsync(stream)
  expect(parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("")).toBe("one two")
  expect(parts.at(-1)?.type).toBe("finish")
})
