import { beforeEach, expect, test } from "vitest"
import { LiveRegion } from "#components/announcer/live-region.ts"
import type { ChatMessage, MessageMetadata } from "#lib/chat-protocol.ts"

let speaker: LiveRegion
beforeEach(() => {
  speaker = new LiveRegion()
})

test("an answer is heard from its beginning, sentence by sentence, to its end, each once", () => {
  speaker.hear([], false)
  expect(speaker.hear([question], true)).toEqual(["The answer is on its way."])
  expect(writing("Half a")).toEqual([])
  expect(writing("Half a sentence. And")).toEqual(["Half a sentence."])
  expect(writing("Half a sentence. And")).toEqual([])
  expect(ended("Half a sentence. And more")).toEqual(["And more", "The answer is complete."])
  expect(ended("Half a sentence. And more")).toEqual([])
})

test.each<[MessageMetadata, string]>([
  [{ status: "STOPPED" }, "Stopped. What was written is kept."],
  [{ status: "INTERRUPTED" }, "The server that wrote this went away. What was written is kept."],
  [
    { status: "ERROR", error: { code: "provider_timeout", message: "The model is silent." } },
    "The model is silent. What was written is kept.",
  ],
])("how it ended is said: %j", (metadata, sentence) => {
  speaker.hear([question], true)
  writing("Half a")
  expect(ended("Half a", metadata)).toEqual(["Half a", sentence])
})

test("D13 until when a provider is busy is said with it", () => {
  speaker.hear([question], true)
  writing("Half a")
  const error = { code: "provider_rate_limited", message: "Busy.", retryAt: "2030-11-30T14:05:00.000Z" }
  const said = ended("Half a", { status: "ERROR", error }).at(-1)
  expect(said).toMatch(
    /^The model's provider is busy\. What was written is kept\. The model is busy until .*2030.*05.*\.$/,
  )
})

test("an answer that waits for a decision says so", () => {
  speaker.hear([question], true)
  const call = { type: "tool-rename_chat", toolCallId: "c1", state: "approval-requested", approval: { id: "a1" } }
  const parts = [{ ...call, input: { title: "A title" } }] as ChatMessage["parts"]
  speaker.hear([question, { ...answer(""), parts }], true)
  expect(speaker.hear([question, { ...answer("", { status: "COMPLETE" }), parts }], false)).toEqual([
    "The answer waits for your approval.",
  ])
})

test("what is on the page when it opens is not said, nor what is caught up, also in several steps", () => {
  const stored = "Stored long ago. "
  const backlog = `${stored}${"Written while nobody listened. ".repeat(20)}`
  expect(speaker.hear([question, answer(stored, { status: "STREAMING" })], false)).toEqual([])
  expect(speaker.hear([question, answer(stored, { status: "STREAMING" })], true)).toEqual([
    "The answer is still being written.",
  ])
  expect(writing("")).toEqual([])
  expect(writing(backlog)).toEqual([])
  expect(writing(backlog + backlog)).toEqual([])
  expect(writing(`${backlog}${backlog}A new`)).toEqual([])
  expect(writing(`${backlog}${backlog}A new one. Then`)).toEqual(["A new one."])
})

test("a finished answer that one opens says nothing, and neither does another branch", () => {
  expect(speaker.hear([question, answer("All of it.", { status: "COMPLETE" })], false)).toEqual([])
  expect(speaker.hear([question, answer("Another one.", { status: "COMPLETE" }, "a2")], false)).toEqual([])
})

test("an answer that is gone on with is not said again", () => {
  speaker.hear([question], true)
  writing("It broke")
  ended("It broke", { status: "INTERRUPTED" })
  speaker.hear([question, answer("It broke", { status: "INTERRUPTED" })], true)
  expect(speaker.hear([question, answer("It broke off. And went on. T", now, "a2")], true)).toEqual([
    "off.",
    "And went on.",
  ])
})

test("a new answer is heard from its first word, though it begins like the one before", () => {
  speaker.hear([question, answer("The one answer.", { status: "COMPLETE" })], false)
  expect(speaker.hear([question], true)).toEqual(["The answer is on its way."])
  expect(speaker.hear([question, answer("The other one. So", now, "a2")], true)).toEqual(["The other one."])
})

test("a lost connection within one page costs no sentence", () => {
  speaker.hear([question], true)
  writing("One. Tw")
  expect(writing("")).toEqual([])
  expect(writing(`One. Two. ${"More of it came meanwhile. ".repeat(9)}`)).toHaveLength(9)
})

test("of what would take minutes to read it is only said that it is there", () => {
  speaker.hear([question], true)
  expect(writing("A sentence of many. ".repeat(200))).toEqual([
    "A longer part of the answer has arrived. It is in the conversation.",
  ])
})

const now: MessageMetadata = { status: "STREAMING" }
const question: ChatMessage = { id: "q1", role: "user", parts: [{ type: "text", text: "Why?" }] }

function answer(text: string, metadata: MessageMetadata = now, id = "a1"): ChatMessage {
  return { id, role: "assistant", parts: text === "" ? [] : [{ type: "text", text }], metadata }
}

function writing(text: string): string[] {
  return speaker.hear([question, answer(text)], true)
}

function ended(text: string, metadata: MessageMetadata = { status: "COMPLETE" }): string[] {
  return speaker.hear([question, answer(text, metadata)], false)
}
