import { expect, test } from "vitest"
import { withPartial } from "#hooks/chat/continued-answer.ts"
import type { ChatMessage, ChatMessagePart } from "#lib/chat-protocol.ts"

const question: ChatMessage = { id: "q", role: "user", parts: [{ type: "text", text: "Count" }] }
const partial = answer("partial", [{ type: "step-start" }, { type: "text", text: "one two", state: "done" }])
partial.metadata = { status: "STOPPED", model: "m" }

test("from the button to the first new word, the shown text never shrinks", () => {
  const received: ChatMessage[][] = [
    [question],
    [question, answer("next", [])],
    [question, answer("next", [{ type: "step-start" }])],
    [question, answer("next", [{ type: "step-start" }, { type: "text", text: "" }])],
    [question, answer("next", [{ type: "step-start" }, { type: "text", text: "one t" }])],
    [question, answer("next", [{ type: "step-start" }, { type: "text", text: "one two" }])],
  ]
  for (const messages of received) {
    const shown = withPartial(messages, partial, true)
    expect(shown.map(({ role }) => role)).toEqual(["user", "assistant"])
    expect(textOf(shown.at(-1))).toBe("one two")
    expect(shown.at(-1)?.metadata?.status).toBe("STREAMING")
  }
})

test("a complete continuation is shown unchanged", () => {
  const messages = [question, answer("next", [{ type: "step-start" }, { type: "text", text: "one two three" }])]
  expect(withPartial(messages, partial, true)).toBe(messages)
  const otherwise = [question, answer("next", [...partial.parts, { type: "text", text: "" }])]
  expect(withPartial(otherwise, partial, true)).toBe(otherwise)
})

test("the partial answer stays as it ended when nothing arrives", () => {
  expect(withPartial([question], partial, false)).toEqual([question, partial])
  expect(withPartial([question, partial], partial, false)).toEqual([question, partial])
})

test("during a continuation the earlier failure is not shown", () => {
  const failed = { ...partial, metadata: { status: "ERROR" as const, error: { code: "x", message: "It broke." } } }
  expect(withPartial([question], failed, true).at(-1)?.metadata).toEqual({ status: "STREAMING" })
})

function answer(id: string, parts: ChatMessagePart[]): ChatMessage {
  return { id, role: "assistant", parts, metadata: { status: "STREAMING" } }
}

function textOf(message: ChatMessage | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? ""
}
