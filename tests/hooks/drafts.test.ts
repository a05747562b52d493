// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest"
import { dropAllDrafts, dropDraft, keepDraft, readDraft } from "#hooks/composer/drafts.ts"
import { maxMessageChars } from "#lib/chat-protocol.ts"

const of = (chatId?: string, owner?: string) => ({ chatId, agent: "assistant", owner })
const draft = (text: string) => ({ text, hadAttachments: false })
const textOf = (...place: Parameters<typeof of>) => readDraft(of(...place))?.text

beforeEach(() => localStorage.clear())

test("each chat has its own draft, and so does a new chat of each agent", () => {
  keepDraft(of("one"), draft("first"))
  keepDraft(of("two"), draft("second"))
  keepDraft(of(), draft("new"))
  expect([textOf("one"), textOf("two"), textOf(), textOf("three")]).toEqual(["first", "second", "new", undefined])
  expect(readDraft({ ...of(), agent: "coder" })).toBeUndefined()
  keepDraft(of("one"), draft(""))
  dropDraft("two")
  expect(Object.keys(localStorage)).toEqual(["rejoin:draft:new:assistant"])
})

test("a signed-in user's drafts are shown only to that user; a guest's drafts move to the account", () => {
  keepDraft(of(undefined, "me@example.com"), draft("mine"))
  expect([textOf(undefined, "me@example.com"), textOf(undefined, "you@example.com"), textOf()]).toEqual([
    "mine",
    undefined,
    undefined,
  ])
  keepDraft(of("chat"), draft("a guest's"))
  expect(textOf("chat", "me@example.com")).toBe("a guest's")
})

test("signing out removes the drafts, and keeps other stored things", () => {
  localStorage.setItem("rejoin:model", "a-model")
  keepDraft(of("one"), draft("first"))
  keepDraft(of(), draft("new"))
  dropAllDrafts()
  expect(Object.keys(localStorage)).toEqual(["rejoin:model"])
})

test("the newest twenty drafts are kept, and none for ever", () => {
  vi.useFakeTimers({ now: 0 })
  for (let number = 1; number <= 25; number++) {
    vi.setSystemTime(number)
    keepDraft(of(`chat-${number}`), draft("x"))
  }
  expect(Object.keys(localStorage)).toHaveLength(20)
  expect([textOf("chat-5"), textOf("chat-6")]).toEqual([undefined, "x"])
  vi.setSystemTime(31 * 24 * 60 * 60_000)
  keepDraft(of("another"), draft("y"))
  expect(Object.keys(localStorage)).toEqual(["rejoin:draft:another"])
  vi.useRealTimers()
})

test("a draft too long for a message is not stored, and a full browser storage loses nothing on the page", () => {
  keepDraft(of("one"), draft("short"))
  keepDraft(of("one"), draft("x".repeat(maxMessageChars + 1)))
  expect(textOf("one")).toBe("short")
  const setItem = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError")
  })
  expect(() => keepDraft(of("two"), draft("more"))).not.toThrow()
  setItem.mockRestore()
  expect(textOf("two")).toBeUndefined()
})
