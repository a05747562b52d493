import { beforeEach, expect, test } from "vitest"
import { LiveRegion } from "#components/announcer/live-region.ts"
import type { ChatMessage, MessageMetadata } from "#lib/chat-protocol.ts"

let liveRegion: LiveRegion
beforeEach(() => {
  liveRegion = new LiveRegion()
})

test("an answer is heard from its beginning, sentence by sentence, to its end, each once", () => {
  liveRegion.update([], false)
  expect(liveRegion.update([question], true)).toEqual(["The answer is on its way."])
  expect(writing("Half a")).toEqual([])
  expect(writing("Half a sentence. And")).toEqual(["Half a sentence."])
  expect(writing("Half a sentence. And")).toEqual([])
  expect(ended("Half a sentence. And more")).toEqual(["And more", "The answer is complete."])
  expect(ended("Half a sentence. And more")).toEqual([])
})

test.each<[MessageMetadata, string]>([
  [{ status: "STOPPED" }, "Stopped. The text so far is kept."],
  [{ status: "INTERRUPTED" }, "The server that was writing this answer stopped. The text so far is kept."],
  [
    { status: "ERROR", error: { code: "provider_timeout", message: "The model is silent." } },
    "The model is silent. The text so far is kept.",
  ],
])("how it ended is said: %j", (metadata, sentence) => {
  liveRegion.update([question], true)
  writing("Half a")
  expect(ended("Half a", metadata)).toEqual(["Half a", sentence])
})

test("D13 until when a provider is busy is said with it", () => {
  liveRegion.update([question], true)
  writing("Half a")
  const error = { code: "provider_rate_limited", message: "Busy.", retryAt: "2030-11-30T14:05:00.000Z" }
  const said = ended("Half a", { status: "ERROR", error }).at(-1)
  expect(said).toMatch(
    /^The model's provider is busy\. The text so far is kept\. The model is busy until .*2030.*05.*\.$/,
  )
})

test("an answer that waits for a decision says so", () => {
  liveRegion.update([question], true)
  const call = { type: "tool-rename_chat", toolCallId: "c1", state: "approval-requested", approval: { id: "a1" } }
  const parts = [{ ...call, input: { title: "A title" } }] as ChatMessage["parts"]
  liveRegion.update([question, { ...answer(""), parts }], true)
  expect(liveRegion.update([question, { ...answer("", { status: "COMPLETE" }), parts }], false)).toEqual([
    "The answer is waiting for your approval.",
  ])
})

test("what is on the page when it opens is not said, nor what is caught up, also in several steps", () => {
  const stored = "Stored long ago. "
  const backlog = `${stored}${"Written while nobody listened. ".repeat(20)}`
  expect(liveRegion.update([question, answer(stored, { status: "STREAMING" })], false)).toEqual([])
  expect(liveRegion.update([question, answer(stored, { status: "STREAMING" })], true)).toEqual([
    "The answer is still being written.",
  ])
  expect(writing("")).toEqual([])
  expect(writing(backlog)).toEqual([])
  expect(writing(backlog + backlog)).toEqual([])
  expect(writing(`${backlog}${backlog}A new`)).toEqual([])
  expect(writing(`${backlog}${backlog}A new one. Then`)).toEqual(["A new one."])
})

test("a finished answer that one opens says nothing, and neither does another branch", () => {
  expect(liveRegion.update([question, answer("All of it.", { status: "COMPLETE" })], false)).toEqual([])
  expect(liveRegion.update([question, answer("Another one.", { status: "COMPLETE" }, "a2")], false)).toEqual([])
})

test("an answer that is gone on with is not said again", () => {
  liveRegion.update([question], true)
  writing("It broke")
  ended("It broke", { status: "INTERRUPTED" })
  liveRegion.update([question, answer("It broke", { status: "INTERRUPTED" })], true)
  expect(liveRegion.update([question, answer("It broke off. And went on. T", now, "a2")], true)).toEqual([
    "off.",
    "And went on.",
  ])
})

test("a new answer is heard from its first word, though it begins like the one before", () => {
  liveRegion.update([question, answer("The one answer.", { status: "COMPLETE" })], false)
  expect(liveRegion.update([question], true)).toEqual(["The answer is on its way."])
  expect(liveRegion.update([question, answer("The other one. So", now, "a2")], true)).toEqual(["The other one."])
})

test("a lost connection within one page costs no sentence", () => {
  liveRegion.update([question], true)
  writing("One. Tw")
  expect(writing("")).toEqual([])
  expect(writing(`One. Two. ${"More of it came meanwhile. ".repeat(9)}`)).toHaveLength(9)
})

test("of what would take minutes to read it is only said that it is there", () => {
  liveRegion.update([question], true)
  expect(writing("A sentence of many. ".repeat(200))).toEqual([
    "A long part of the answer has arrived. You can read it in the conversation.",
  ])
})

const now: MessageMetadata = { status: "STREAMING" }
const question: ChatMessage = { id: "q1", role: "user", parts: [{ type: "text", text: "Why?" }] }

function answer(text: string, metadata: MessageMetadata = now, id = "a1"): ChatMessage {
  return { id, role: "assistant", parts: text === "" ? [] : [{ type: "text", text }], metadata }
}

function writing(text: string): string[] {
  return liveRegion.update([question, answer(text)], true)
}

function ended(text: string, metadata: MessageMetadata = { status: "COMPLETE" }): string[] {
  return liveRegion.update([question, answer(text, metadata)], false)
}
