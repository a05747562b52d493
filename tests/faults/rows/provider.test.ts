/**
 * A provider's bad day, on real servers. How often it is asked, and that the next try works, is in
 * `tests/app/providers/provider-faults.test.ts`; what takes minutes, in `tests/lib/generation/answer.test.ts`.
 */
import { eq } from "drizzle-orm"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { charge } from "#db/schema.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { type ErrorCode, errorKinds } from "#lib/errors.ts"
import type { TestChat } from "#tests/support/clients/test-chat.ts"
import type { Answer, RecordedRequest } from "#tests/support/providers/openai-server.ts"
import { type Fleet, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"
import { patiently } from "#tests/support/within.ts"

const secret = "sk-test-0123456789abcdef"

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet({ paceMs: 0 })
  fleet.model.answerWith(answerTo)
})
afterAll(() => fleet.stop())

const faults: [name: string, fault: Answer["fault"], code: ErrorCode, words: number][] = [
  ["F41 is busy", "rate-limited", "provider_rate_limited", 0],
  ["F42 fails", "server-error", "provider_unavailable", 0],
  ["F42 hangs up", "reset", "provider_unavailable", 0],
  ["F42 refuses our key", "unauthorized", "provider_refused", 0],
  ["F42 F46 reports an error half-way", "error-chunk", "provider_unavailable", 20],
  ["F44 breaks off", "socket-destroyed", "provider_truncated", 20],
  ["F44 ends too early", "no-finish", "provider_truncated", 20],
  ["F45 sends a page", "html", "provider_bad_response", 0],
  ["F45 sends other JSON", "wrong-json", "provider_bad_response", 0],
  ["F45 sends half a chunk", "malformed-chunk", "provider_bad_response", 20],
  ["F45 sends another kind of chunk", "wrong-shape", "provider_bad_response", 20],
]

describe.concurrent("a provider that", () => {
  test.each(faults)("%s: every tab gets a sentence about it, and the text so far is kept", async (_, ...expected) => {
    const [fault, code, words] = expected
    const { chat, texts, stored } = await answered(`say 40 words, ${fault}`)
    expect(texts).toEqual([wordsUpTo(words), wordsUpTo(words)])
    expect(stored?.metadata).toMatchObject({
      status: "ERROR",
      error: { code, message: errorKinds[code].message },
    })
    expect(JSON.stringify(stored)).not.toContain(secret)
    expect(await charges(chat)).toBe(words === 0 ? 0 : 1)
  })

  test("F47 sends 10 MB in two pieces is cut at the same place for every reader", async () => {
    const { texts, stored } = await answered("say 1 words, too much")
    expect(texts.map((text) => text.length)).toEqual([1_000_000, 1_000_000])
    expect(stored?.metadata).toMatchObject({ status: "COMPLETE", cutBy: "length" })
  })

  test("F48 asks for ten thousand tools at once gets the first ones, and the answer ends", async () => {
    const { stored } = await answered("say 1 words, with tools")
    expect(stored?.metadata).toMatchObject({ status: "ERROR", error: { code: "too_many_tool_calls" } })
    const calls = stored?.parts.filter((part) => part.type === "tool-calculate") ?? []
    expect(calls).toHaveLength(64)
    expect(calls.filter((call) => "state" in call && call.state?.startsWith("input"))).toEqual([])
  })

  test("F49 cuts text inside characters is read and stored with every character whole", async () => {
    const { texts, stored } = await answered("say 1 words, oddly")
    const whole = oddText.toWellFormed().replaceAll("\0", "")
    expect(texts.map((text) => text === whole)).toEqual([true, true])
    expect(stored?.metadata?.status).toBe("COMPLETE")
  })
})

test("F46 no server's log contains what the provider said about its key", () => {
  for (const index of [0, 1]) {
    expect(fleet.server(index).output()).not.toContain(secret)
    expect(fleet.server(index).output()).not.toContain(secret.slice(8))
  }
  expect(fleet.server(0).output()).toContain("[secret]")
})

/** Right-to-left text, combining marks, JavaScript's line ends, NUL, and an unpaired surrogate. */
const oddText = `🧵 שלום \u202Eabc\u202C \u2028\u2029 a\0b ${"e\u0301".repeat(50_000)} 👩‍👩‍👧 \uD83E end`

function answerTo({ question }: RecordedRequest): Answer {
  const [, fault] = /^say 40 words, ([a-z-]+)/.exec(question) ?? []
  if (fault)
    return {
      text: wordsUpTo(40),
      fault: fault as NonNullable<Answer["fault"]>, // one of the table's
      faultAfterWords: 20,
      errorText: `no credit for ${secret}`,
    }
  if (question.startsWith("say 1 words, too much")) return { text: "x".repeat(10_000_000), chunkChars: 5_000_000 }
  if (question.startsWith("say 1 words, with tools"))
    return { toolCall: { name: "calculate", arguments: { expression: "1 + 1" } }, toolCallTimes: 10_000 }
  return { text: oddText, chunkChars: 7 }
}

/** Follows in a tab at each server to the end; then the history must hold. */
async function answered(question: string) {
  const chat = await fleet.chat()
  const tabs = [await chat.ask(fleet.server(0), question), await chat.follow(fleet.server(1))]
  await chat.check()
  const response = await chat.request(fleet.server(1), `/api/chat/${chat.chatId}/messages`)
  const { messages } = (await response.json()) as { messages: ChatMessage[] }
  return { chat, texts: tabs.map((tab) => tab.text), stored: messages.at(-1) }
}

function charges({ chatId }: TestChat): Promise<number> {
  return patiently(async () => fleet.database.db.$count(charge, eq(charge.chatId, chatId)))
}
