// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest"
import { dropAllDrafts, dropDraft, keepDraft, readDraft } from "#hooks/composer/drafts.ts"
import { maxMessageChars } from "#lib/chat-protocol.ts"

const of = (chatId?: string, owner?: string) => ({ chatId, agent: "assistant", owner })
const draft = (text: string) => ({ text, hadAttachments: false })
const textOf = (...place: Parameters<typeof of>) => readDraft(of(...place))?.text

beforeEach(() => localStorage.clear())

test("each chat has its draft, and so has a new one of each agent", () => {
  keepDraft(of("one"), draft("first"))
  keepDraft(of("two"), draft("second"))
  keepDraft(of(), draft("new"))
  expect([textOf("one"), textOf("two"), textOf(), textOf("three")]).toEqual(["first", "second", "new", undefined])
  expect(readDraft({ ...of(), agent: "coder" })).toBeUndefined()
  keepDraft(of("one"), draft(""))
  dropDraft("two")
  expect(Object.keys(localStorage)).toEqual(["rejoin:draft:new:assistant"])
})

test("what a signed-in user wrote is shown to nobody else; what a guest wrote comes along", () => {
  keepDraft(of(undefined, "me@example.com"), draft("mine"))
  expect([textOf(undefined, "me@example.com"), textOf(undefined, "you@example.com"), textOf()]).toEqual([
    "mine",
    undefined,
    undefined,
  ])
  keepDraft(of("chat"), draft("a guest's"))
  expect(textOf("chat", "me@example.com")).toBe("a guest's")
})

test("after signing out there is none, and other things that are kept stay", () => {
  localStorage.setItem("rejoin:model", "a-model")
  keepDraft(of("one"), draft("first"))
  keepDraft(of(), draft("new"))
  dropAllDrafts()
  expect(Object.keys(localStorage)).toEqual(["rejoin:model"])
})

test("twenty are kept, the newest, and none for ever", () => {
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

test("one too long for a message is not kept, and a browser without room loses nothing that is on show", () => {
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
