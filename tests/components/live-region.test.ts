import { beforeEach, expect, test } from "vitest"
import { LiveRegion } from "#components/announcer/live-region.ts"
import type { ChatMessage, MessageMetadata } from "#lib/chat-protocol.ts"

let liveRegion: LiveRegion
beforeEach(() => {
  liveRegion = new LiveRegion()
})

test("an answer is read aloud sentence by sentence from beginning to end, each once", () => {
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
])("the way an answer ended is announced: %j", (metadata, sentence) => {
  liveRegion.update([question], true)
  writing("Half a")
  expect(ended("Half a", metadata)).toEqual(["Half a", sentence])
})

test("D13 the end of a busy provider's delay is read aloud", () => {
  liveRegion.update([question], true)
  writing("Half a")
  const error = { code: "provider_rate_limited", message: "Busy.", retryAt: "2030-11-30T14:05:00.000Z" }
  const said = ended("Half a", { status: "ERROR", error }).at(-1)
  expect(said).toMatch(
    /^The model's provider is busy\. The text so far is kept\. The model is busy until .*2030.*05.*\.$/,
  )
})

test("an answer that waits for a decision is announced", () => {
  liveRegion.update([question], true)
  const call = { type: "tool-rename_chat", toolCallId: "c1", state: "approval-requested", approval: { id: "a1" } }
  const parts = [{ ...call, input: { title: "A title" } }] as ChatMessage["parts"]
  liveRegion.update([question, { ...answer(""), parts }], true)
  expect(liveRegion.update([question, { ...answer("", { status: "COMPLETE" }), parts }], false)).toEqual([
    "The answer is waiting for your approval.",
  ])
})

test("a command that waits for a decision is named", () => {
  liveRegion.update([question], true)
  const call = { type: "dynamic-tool", toolName: "shell", toolCallId: "c1", providerExecuted: true }
  const asks = { ...call, state: "approval-requested", approval: { id: "a1" }, input: { command: "rm -r build" } }
  const parts = [asks] as ChatMessage["parts"]
  expect(liveRegion.update([question, { ...answer("", { status: "COMPLETE" }), parts }], false)).toEqual([
    "The answer is waiting for your decision. The agent wants to run: rm -r build",
  ])
})

test("neither the page's first content nor the backlog is read aloud, even if it comes in steps", () => {
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

test("opening a finished answer or another branch announces nothing", () => {
  expect(liveRegion.update([question, answer("All of it.", { status: "COMPLETE" })], false)).toEqual([])
  expect(liveRegion.update([question, answer("Another one.", { status: "COMPLETE" }, "a2")], false)).toEqual([])
})

test("a continued answer is not read aloud again", () => {
  liveRegion.update([question], true)
  writing("It broke")
  ended("It broke", { status: "INTERRUPTED" })
  liveRegion.update([question, answer("It broke", { status: "INTERRUPTED" })], true)
  expect(liveRegion.update([question, answer("It broke off. And went on. T", now, "a2")], true)).toEqual([
    "off.",
    "And went on.",
  ])
})

test("a new answer is read from its first word, even if it begins like the last one", () => {
  liveRegion.update([question, answer("The one answer.", { status: "COMPLETE" })], false)
  expect(liveRegion.update([question], true)).toEqual(["The answer is on its way."])
  expect(liveRegion.update([question, answer("The other one. So", now, "a2")], true)).toEqual(["The other one."])
})

test("a lost connection within one page skips no sentence", () => {
  liveRegion.update([question], true)
  writing("One. Tw")
  expect(writing("")).toEqual([])
  expect(writing(`One. Two. ${"More of it came meanwhile. ".repeat(9)}`)).toHaveLength(9)
})

test("an answer that is corrected is not read again: only that it was, and what is new", () => {
  liveRegion.update([question], true)
  expect(writing("One and three. The second sentence.")).toEqual(["One and three."])
  expect(writing("")).toEqual([])
  expect(writing("One, two and three. The second sentence. A third")).toEqual([
    "Words that were missing in the answer have been put in.",
    "The second sentence.",
  ])
  expect(ended("One, two and three. The second sentence. A third one.")).toEqual([
    "A third one.",
    "The answer is complete.",
  ])
})

test("an answer that is replaced as a whole is not read again", () => {
  liveRegion.update([question], true)
  writing("Nothing of it is the same. And")
  writing("")
  expect(ended("In what replaces it, whatever it is.")).toEqual([
    "Words that were missing in the answer have been put in.",
    "The answer is complete.",
  ])
})

test("text that would take minutes to read is only mentioned", () => {
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
