import { expect, test } from "vitest"
import { summaryOf } from "#lib/prompt/summary.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

function summaryBy(reply: string, mostTokens = 100): Promise<string> {
  return summaryOf({
    model: scripted(reply),
    history: [{ id: "1", role: "user", parts: [{ type: "text", text: "My name is Ada." }] }],
    mostTokens,
    tokensAtOnce: 1_000,
    signal: new AbortController().signal,
  })
}

test.each([
  ["between tags", "<think>\nThey say a name.\n</think>\n\nThe user is called Ada."],
  ["without a beginning", "They say a name.\n</think>\nThe user is called Ada."],
])("U5 a summary contains no thoughts: %s", async (_, reply) => {
  expect(await summaryBy(reply)).toBe("The user is called Ada.")
})

test.each([
  ["nothing", ""],
  ["a thought alone", "<think>They say a name.</think>\n"],
  ["a thought that never ended", "<think>They say a name."],
  ["dashes", "---"],
  ["a refusal", "I'm sorry, but I cannot summarise this conversation."],
])("U5 %s contains no summary", async (_, reply) => {
  await expect(summaryBy(reply)).rejects.toThrow(/summary/)
})

test("U5 a summary that reports an apology is accepted", async () => {
  const reply = `Sorry is the name of the user's dog. ${"It is fond of walks. ".repeat(20)}`
  expect(await summaryBy(reply, 500)).toBe(reply.trim())
})

test("U5 a summary that is too long keeps whole words of its beginning and its end", async () => {
  const summary = await summaryBy("remember ".repeat(200))
  expect(summary.length).toBeLessThanOrEqual(400)
  expect(summary).toMatch(/^(remember )+remember\n\[…\]\n(remember )*remember$/)
})
