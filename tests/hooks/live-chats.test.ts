import { expect, test } from "vitest"
import { afterEvent, afterListing, afterOlder, chatsOf, liveChats, whileLoading } from "#hooks/chats/live-chats.ts"
import type { ChatSummary, UserEvent } from "#lib/chat-protocol.ts"

const chat = (id: string, more: Partial<ChatSummary> = {}): ChatSummary => ({
  id,
  agent: "assistant",
  title: id,
  updatedAt: "2026-11-21T00:00:00.000Z",
  isRunning: false,
  ...more,
})
const page = (chats: ChatSummary[], older?: string) => ({ chats, older })
const turn = (chatId: string) => ({ chatId, streamId: `stream of ${chatId}`, messageId: `answer in ${chatId}` })
const started = (chatId: string): UserEvent => ({ type: "turn-started", ...turn(chatId) })
const ended = (chatId: string): UserEvent => ({ type: "turn-ended", status: "COMPLETE", ...turn(chatId) })
const created = (chatId: string): UserEvent => ({ type: "chat-created", chatId, agent: "assistant", title: chatId })

/** @returns the list after these events, with a dot at chats being written */
function listAfter(events: UserEvent[], chats = [chat("a"), chat("b")]): string[] {
  return shown(events.reduce(afterEvent, liveChats(page(chats))))
}

function shown(live: ReturnType<typeof liveChats>): string[] {
  return chatsOf(live).map(({ title, isRunning }) => (isRunning ? `${title}•` : title))
}

test("before the first event the list is the page's", () => {
  expect(listAfter([], [chat("a", { isRunning: true }), chat("b")])).toEqual(["a•", "b"])
  expect(listAfter([{ type: "state", running: [] }], [chat("a", { isRunning: true }), chat("b")])).toEqual(["a", "b"])
})

test("chats show in their places that they are being written", () => {
  const state: UserEvent = { type: "state", running: [turn("a")] }
  expect(listAfter([state])).toEqual(["a•", "b"])
  expect(listAfter([state, started("b")])).toEqual(["a•", "b•"])
  expect(listAfter([state, started("b"), ended("a")])).toEqual(["a", "b•"])
})

test("new chats are put on top once; others are removed or renamed", () => {
  expect(listAfter([created("c"), created("c")])).toEqual(["c•", "a", "b"])
  expect(listAfter([{ type: "chat-deleted", chatId: "a" }])).toEqual(["b"])
  expect(listAfter([{ type: "chat-renamed", chatId: "b", title: "better" }])).toEqual(["a", "better"])
  expect(listAfter([created("c"), { type: "chat-deleted", chatId: "c" }])).toEqual(["a", "b"])
})

test("events during a list's request are not lost, whether or not the list includes them", () => {
  const asked = whileLoading(liveChats(page([chat("a"), chat("b")])), "newest")
  const heard = [created("c"), { type: "chat-deleted", chatId: "b" } as const].reduce(afterEvent, asked)
  expect(shown(afterListing(heard, page([chat("a"), chat("b")])))).toEqual(["c•", "a"])
  expect(shown(afterListing(heard, page([chat("c"), chat("a")])))).toEqual(["c", "a"])
  const later = afterListing(afterListing(heard, page([chat("c"), chat("a")])), page([chat("d")]))
  expect(shown(later)).toEqual(["d"])
})

/** The higher the number, the older. */
const aged = (age: number) => chat(`${age}`, { updatedAt: `2026-11-${20 - age}T00:00:00.000Z` })

test("older chats are added at the end, each once, and the list knows where to continue", () => {
  const asked = whileLoading(liveChats(page([aged(1), aged(2)], "after 2")), "older")
  const heard = [{ type: "chat-deleted", chatId: "4" } as const, created("new")].reduce(afterEvent, asked)
  const after = afterOlder(heard, "after 2", page([aged(2), aged(3), aged(4)], "after 4"))
  expect(shown(after)).toEqual(["new•", "1", "2", "3"])
  expect(after.older).toBe("after 4")
  expect(shown(afterEvent(after, { type: "chat-renamed", chatId: "3", title: "three" }))).toEqual([
    "new•",
    "1",
    "2",
    "three",
  ])
})

test("a refetched list replaces what it covers, and chats loaded beyond it stay", () => {
  const before = afterEvent(liveChats(page([1, 2, 3, 4].map(aged), "after 4")), created("lost"))
  const after = afterListing(before, page([aged(0), aged(2)], "after 2"))
  expect(shown(after)).toEqual(["0", "2", "3", "4"])
  expect(after.older).toBe("after 4")
  expect(shown(afterListing(before, page([aged(0)])))).toEqual(["0"])
  expect(afterOlder(after, "after 2", page([aged(3)])).listed).toEqual(after.listed)
})

test("the open chat has its own title even if it is too old to be listed, and its place once it is listed", () => {
  const live = liveChats(page([aged(1)], "after 1"), aged(2))
  expect(shown(live)).toEqual(["2", "1"])
  const renamed = afterEvent(live, { type: "chat-renamed", chatId: "2", title: "two" })
  expect(shown(renamed)).toEqual(["two", "1"])
  expect(shown(afterEvent(live, { type: "chat-deleted", chatId: "2" }))).toEqual(["1"])
  expect(shown(afterOlder(live, "after 1", page([aged(2)])))).toEqual(["1", "2"])
})
