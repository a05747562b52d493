// @vitest-environment jsdom
import { expect, test } from "vitest"
import { LiveRegion } from "#components/announcer/live-region.ts"
import { loadMarkdown } from "#components/markdown/markdown.tsx"
import { howItEnded } from "#components/messages/answer/how-it-ended.ts"
import type { ChatMessage, ChatMessagePart, MessageStatus } from "#lib/chat-protocol.ts"
import { ChatError, type ErrorCode, errorKinds } from "#lib/errors.ts"
import { failedEnding } from "#lib/generation/ending.ts"
import { mountAnswer } from "./mount-answer.tsx"

await loadMarkdown()

const codes = Object.keys(errorKinds) as ErrorCode[] // its own keys, all of them
const kept = "The text so far is kept."

const amounts: [string, ChatMessagePart[], boolean][] = [
  ["nothing", [], false],
  ["a step that was begun", [{ type: "step-start" }], false],
  ["blank lines", [{ type: "text", text: "\n\n" }], false],
  ["a thought of blanks", [{ type: "reasoning", text: " \n" }], false],
  ["half an answer", [{ type: "text", text: "Half an answer" }], true],
  ["a thought", [{ type: "reasoning", text: "Hm." }], true],
  ["a call", [{ type: "tool-calculate", toolCallId: "t1", state: "input-available", input: {} }], true],
]

test.each(codes)("L8 sentence and buttons fit the cause: %s", (code) => {
  const { message, metadata } = endedBy(code)
  for (const [amount, parts, isSomething] of amounts) {
    const end = howItEnded({ id: "a1", role: "assistant", parts, metadata: { status: "ERROR", ...metadata } })
    const where = `${code} after ${amount}: ${end?.sentence}`
    expect(end?.sentence, where).toContain(message)
    expect(end?.sentence.includes(kept), where).toBe(isSomething && code !== "chat_deleted")
    expect(end?.isWorthRetrying, where).toBe(metadata.error?.retryable)
    expect(end?.isWorthContinuing, where).toBe(isSomething && metadata.error?.retryable === true)
    if (/will not help/i.test(message)) expect(end?.isWorthRetrying, where).toBe(false)
    else if (/\b(try again|retry|send it again)\b/i.test(message)) expect(end?.isWorthRetrying, where).toBe(true)
    if (/\bcontinue it\b/i.test(message)) expect(end?.isWorthContinuing, where).toBe(true)
  }
})

test.each(["provider_refused", "provider_timeout"] as const)(
  "L8 the page shows sentence and buttons: %s",
  async (code) => {
    const { message, metadata } = endedBy(code)
    for (const [amount, parts, isSomething] of amounts) {
      const shown = await shownOf({ status: "ERROR", parts, ...(metadata.error && { error: metadata.error }) })
      expect(shown.text, amount).toContain(isSomething ? `${message} ${kept}` : message)
      expect(shown.text.includes(kept), amount).toBe(isSomething)
      const isWorthwhile = code === "provider_timeout"
      expect(shown, amount).toMatchObject({ hasRetry: isWorthwhile, hasContinue: isWorthwhile && isSomething })
    }
  },
)

test("L8 the server's sentence claims nothing about the text so far; the page adds what it can see", () => {
  for (const code of codes) expect(errorKinds[code].message, code).not.toMatch(/text so far is kept/)
})

test.each<[MessageStatus, string, string]>([
  ["STOPPED", "Stopped.", "Stopped before the answer began."],
  ["ERROR", "The answer broke off.", "The answer broke off."],
  [
    "INTERRUPTED",
    "The server that was writing this answer stopped.",
    "The server that was writing this answer stopped.",
  ],
])("L8 an answer that ended as %s without a recorded cause has a sentence", async (status, withWords, without) => {
  for (const [, parts, isSomething] of amounts) {
    const shown = await shownOf({ status, parts })
    expect(shown.text).toContain(isSomething ? `${withWords} ${kept}` : without)
    expect(shown.text.includes(kept)).toBe(isSomething)
    expect(shown).toMatchObject({ hasRetry: true, hasContinue: isSomething })
  }
})

test("L8 screen readers hear the same", () => {
  for (const [, parts] of amounts) {
    const liveRegion = new LiveRegion()
    const metadata = { status: "ERROR" as const, ...endedBy("provider_refused").metadata }
    const question: ChatMessage = { id: "q1", role: "user", parts: [] }
    liveRegion.update([question], true)
    liveRegion.update([question, { id: "a1", role: "assistant", parts, metadata: { status: "STREAMING" } }], true)
    const said = liveRegion.update([question, { id: "a1", role: "assistant", parts, metadata }], false).at(-1) ?? ""
    expect(said).toContain("trying again will not help")
    expect(said.includes(kept)).toBe(amounts.find(([, known]) => known === parts)?.[2])
  }
})

test("L8 an unknown code from a later server is shown with its sentence and the possible actions", async () => {
  const error = { code: "provider_busy_until", message: "The provider is busy until 14:30.", retryable: true }
  const shown = await shownOf({ status: "ERROR", parts: [{ type: "text", text: "Half" }], error })
  expect(shown).toMatchObject({ hasRetry: true, hasContinue: true })
  expect(shown.text).toContain(`The provider is busy until 14:30. ${kept}`)
})

/** Returns what a server stores and sends about an answer that ended like this. */
function endedBy(code: ErrorCode) {
  const { metadata } = failedEnding("ERROR", new ChatError(code))
  return { message: errorKinds[code].message, metadata }
}

async function shownOf({ status, parts, error }: { status: MessageStatus; parts: ChatMessagePart[]; error?: object }) {
  const message = { id: "a1", role: "assistant", parts, metadata: { status, error } } as ChatMessage // as it is sent
  const container = await mountAnswer(message, { onRegenerate: () => undefined, onContinue: () => undefined })
  return {
    text: container.textContent ?? "",
    hasRetry: container.querySelector("[data-testid=retry]") !== null,
    hasContinue: container.querySelector("[data-testid=continue]") !== null,
  }
}

test("D13 the sentence for a provider that named a time does not promise a moment", () => {
  const error = {
    code: "provider_rate_limited",
    message: "Try again in a moment.",
    retryAt: "2026-11-30T14:05:00.000Z",
  }
  const end = howItEnded({ id: "a1", role: "assistant", parts: [], metadata: { status: "ERROR", error } })
  expect(end).toMatchObject({ sentence: "The model's provider is busy.", isWorthRetrying: true })
})
