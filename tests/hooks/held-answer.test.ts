import { expect, test } from "vitest"
import { HeldAnswer } from "#hooks/chat/held-answer.ts"
import type { ChatMessage, ChatMessagePart } from "#lib/chat-protocol.ts"

const question: ChatMessage = { id: "q1", role: "user", parts: [{ type: "text", text: "Why?" }] }

function answer(text: string, { id = "a1", parts = [] as ChatMessagePart[] } = {}): ChatMessage {
  const own: ChatMessagePart[] = text === "" ? [] : [{ type: "text", text }]
  return { id, role: "assistant", parts: [...parts, ...own], metadata: { status: "STREAMING" } }
}

function shownParts(held: HeldAnswer, message: ChatMessage, isWriting = true) {
  return held.update([question, message], isWriting).at(-1)?.parts
}

test("an answer that is sent again stays as it was until it has caught up", () => {
  const held = new HeldAnswer()
  const whole = answer("one two three")
  expect(shownParts(held, answer("one"))).toEqual(answer("one").parts)
  expect(shownParts(held, whole)).toEqual(whole.parts)
  for (const text of ["", "one", "one 2 three"]) expect(shownParts(held, answer(text))).toEqual(whole.parts)
  const corrected = answer("one and two three")
  expect(shownParts(held, corrected)).toEqual(corrected.parts)
})

test("a correction that is shorter is shown when the answer has ended", () => {
  const held = new HeldAnswer()
  const call = {
    type: "dynamic-tool",
    toolName: "shell",
    toolCallId: "c1",
    state: "input-available",
  } as ChatMessagePart
  const wrong = answer("one two two", { parts: [call] })
  shownParts(held, wrong)
  expect(shownParts(held, answer("one two", { parts: [call] }))).toEqual(wrong.parts)
  expect(shownParts(held, answer("one two", { parts: [call] }), false)).toEqual([call, ...answer("one two").parts])
})

test("another answer, and the next one, begin with what they are", () => {
  const held = new HeldAnswer()
  shownParts(held, answer("one two three"))
  expect(shownParts(held, answer("o", { id: "a2" }))).toEqual(answer("o").parts)
  held.update([question], true)
  expect(shownParts(held, answer("", { id: "a2" }))).toEqual([])
})

test("while it is held, an unchanged message is the same object, so that it is not rendered again", () => {
  const held = new HeldAnswer()
  held.update([question, answer("one two three")], true)
  const again = [question, answer("one")]
  expect(held.update(again, true).at(-1)).toBe(held.update(again, true).at(-1))
})
