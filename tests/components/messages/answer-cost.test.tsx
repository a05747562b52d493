// @vitest-environment jsdom
import { expect, test } from "vitest"
import { AnswerCost } from "#components/messages/answer/answer-cost.tsx"
import type { Usage } from "#lib/chat-protocol.ts"
import { byTestId, mount } from "../mount.ts"

const used = { inputTokens: 303, outputTokens: 202, cachedInputTokens: 0, reasoningTokens: 0, estimated: false }

test.each<[string, Usage, string]>([
  ["reported", used, "505"],
  ["estimated", { ...used, estimated: true }, "about 505"],
  ["reported in part", { ...used, isLowerBound: true }, "at least 505"],
])("what an answer took is said as exactly as it is known: %s", async (_, usage, count) => {
  const metadata = { status: "COMPLETE" as const, usage, tookMs: 10_000, firstWordMs: 100 }
  const container = await mount(<AnswerCost metadata={metadata} />)
  expect(byTestId(container, "answer-cost").textContent).toBe(`${count} tokens · 10 s`)
  const card = byTestId(container, "answer-costs").textContent
  expect(card).toContain(`Credits${count}`)
  expect(card?.includes("tokens per second"), "a speed needs all tokens").toBe(count === "505")
})
