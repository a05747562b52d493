import { expect, test } from "vitest"
import { loadedUpdates, openSession, said, textOf } from "#tests/support/goose/acp-session.ts"
import { useGoose } from "#tests/support/goose/goose-of-run.ts"
import type { Reply } from "#tests/support/goose/provider-reply.ts"

const { goose } = useGoose()

const retry = "\n\nPlease retry if you think this is a transient or recoverable error."

test.each([
  [429, "Rate limit exceeded: slow down."],
  [500, "Server error: Server error (500 Internal Server Error) at ADDRESS: slow down."],
  [503, "Server error: Server error (503 Service Unavailable) at ADDRESS: slow down."],
  [400, "Request failed: Bad request (400): slow down."],
  [404, "Request failed: Resource not found (404) at ADDRESS: slow down."],
])(
  "%i: asked four times, then told as a text, with the provider's words and perhaps its address",
  async (status, words) => {
    const { updates, answer, calls } = await failingTurn({ status, message: "slow down" })
    expect(calls).toBe(4)
    const address = `${goose().provider.host}/v1/chat/completions`
    expect(said(updates)).toBe(`Ran into this error: ${words.replace("ADDRESS", address)}${retry}`)
    expect(idsOf(updates)).toEqual([expect.stringMatching(/^msg_[0-9a-f-]{36}$/)])
    expect(answer.result).toEqual({ stopReason: "end_turn", usage: usageBefore })
  },
)

const cut = [
  ["reset", "Network error: Stream decode error: ", "\n\nPlease resend your message to try again."],
  ["error-chunk", "Ran into this error: Server error: The provider failed.", retry],
] as const
test.each(cut)("%s in the middle: the text so far, then a text of Goose's own", async (fault, start, end) => {
  const { session, updates, answer } = await failingTurn({ text: "a b", fault })
  const texts = updates.filter(({ sessionUpdate }) => sessionUpdate === "agent_message_chunk")
  expect(texts.slice(0, 2).map(textOf)).toEqual(["a", " b"])
  expect(texts).toHaveLength(3)
  expect(said(texts.slice(2)).startsWith(start)).toBe(true)
  expect(said(texts.slice(2)).endsWith(end)).toBe(true)
  expect(texts[2]?.messageId).toMatch(/^msg_/)
  expect(answer.result).toEqual({ stopReason: "end_turn", usage: usageBefore })
  expect(said(await loadedUpdates(goose(), session.id))).toBe("finea b")
})

test("a stream that just ends looks like a whole answer, but for the usage", async () => {
  const { updates, answer } = await failingTurn({ text: "a b", fault: "clean-cut" })
  expect(said(updates)).toBe("a b")
  expect(updates.at(-1)).toMatchObject({ sessionUpdate: "usage_update", used: 0 })
  expect(answer.result).toEqual({ stopReason: "end_turn" })
})

test("an empty answer is asked for four times, then told as a text", async () => {
  const { updates, answer, calls } = await failingTurn({ text: "" })
  expect(calls).toBe(4)
  expect(said(updates)).toBe("The model returned an empty response. Please resend your message to continue.")
  expect(answer.result).toMatchObject({ stopReason: "end_turn" })
})

test("an answer that is too long has a mark, a text of Goose's own, and a stop reason", async () => {
  const { session, updates, answer } = await failingTurn({ text: "a b", finishReason: "length" })
  const last = updates.filter(({ sessionUpdate }) => sessionUpdate === "agent_message_chunk").at(-1)
  expect(last && textOf(last)).toBe("Response stopped because the model reached its output-token limit.")
  expect(last?._meta["goose"]).toMatchObject({ outputTokenLimitReached: true, fallbackContent: true })
  expect(last?.messageId).toMatch(/^chatcmpl-/)
  expect(answer.result).toMatchObject({ stopReason: "max_tokens" })
  expect(said(await loadedUpdates(goose(), session.id))).toBe("finea b")
})

test.each([401, 403])("%i is an error, and the one whose text is stored", async (status) => {
  const { session, updates, answer, calls } = await failingTurn({ status })
  expect(calls).toBe(1)
  expect(said(updates)).toBe("")
  expect(answer.error).toEqual({ code: -32000, message: "Authentication required" })
  expect(said(await loadedUpdates(goose(), session.id))).toMatch(/^fineRan into this error: Authentication error: /)
})

test("402 is an error that says why", async () => {
  const { answer, calls } = await failingTurn({ status: 402 })
  expect(calls).toBe(1)
  expect(answer.error).toMatchObject({ code: -32603, data: { reason: "credits_exhausted" } })
})

test("a question that failed is given to the model again, glued to the next", async () => {
  const { session } = await failingTurn({ status: 500 })
  goose().provider.replyWith("well")
  await session.run("and now")
  expect(goose().provider.calls.at(-1)?.question).toMatch(/^bad\n<turn-context>[\s\S]*<\/turn-context>\nand now\n/)
})

const usageBefore = { totalTokens: 101, inputTokens: 100, outputTokens: 1 }

/** A turn that fails after one that went well. */
async function failingTurn(reply: Reply) {
  const session = await openSession(goose())
  goose().provider.replyWith("fine")
  await session.run("good")
  goose().provider.replyWith(reply)
  const before = goose().provider.calls.length
  const { updates, answer } = await session.run("bad")
  return { session, updates, answer, calls: goose().provider.calls.length - before }
}

function idsOf(updates: { messageId?: string | undefined }[]): string[] {
  return [...new Set(updates.flatMap(({ messageId }) => messageId ?? []))]
}
