// @vitest-environment jsdom
import { expect, test } from "vitest"
import { AnswerNotes } from "#components/messages/answer/answer-notes.tsx"
import type { MessageMetadata } from "#lib/chat-protocol.ts"
import { byTestId, mount } from "../mount.ts"

const notesOf = (metadata: Partial<MessageMetadata>) =>
  mount(<AnswerNotes metadata={{ status: "COMPLETE", model: "gemma3:4b", ...metadata }} />)

test("D2 D12 an answer says what was omitted from its request", async () => {
  const notes = byTestId(await notesOf({ leftOut: ["tools", "image"] }), "answer-notes")
  expect(notes.textContent).toContain("Written without tools: gemma3:4b does not support them.")
  expect(notes.textContent).toContain("gemma3:4b does not accept pictures")
})

test("D13 an answer says until when the model is busy, in the reader's time zone", async () => {
  const retryAt = "2026-11-30T14:05:00.000Z"
  const error = { code: "provider_rate_limited", message: "Busy.", retryAt }
  const notes = byTestId(await notesOf({ status: "ERROR", error }), "answer-notes")
  expect(notes.textContent).toMatch(/^The model is busy until .*05.*\.$/)
  expect(notes.querySelector("time")?.dateTime).toBe(retryAt)
})

test("an answer with a complete request has no notes", async () => {
  expect((await notesOf({})).querySelector("[data-testid=answer-notes]")).toBeNull()
})
