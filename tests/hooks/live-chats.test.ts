import { expect, test } from "vitest"
import { afterEvent, afterListing, chatsOf, liveChats, whileListing } from "#hooks/live-chats.ts"
import type { ChatSummary, UserEvent } from "#lib/chat-protocol.ts"

const chat = (id: string, more: Partial<ChatSummary> = {}): ChatSummary => ({
  id,
  agent: "assistant",
  title: id,
  updatedAt: "2026-11-21T00:00:00.000Z",
  isRunning: false,
  ...more,
})
const turn = (chatId: string) => ({ chatId, streamId: `stream of ${chatId}`, messageId: `answer in ${chatId}` })
const started = (chatId: string): UserEvent => ({ type: "turn-started", ...turn(chatId) })
const ended = (chatId: string): UserEvent => ({ type: "turn-ended", status: "COMPLETE", ...turn(chatId) })
const created = (chatId: string): UserEvent => ({ type: "chat-created", chatId, agent: "assistant", title: chatId })

/** @returns the list after these events, with a dot at what is being written */
function listAfter(events: UserEvent[], chats = [chat("a"), chat("b")]): string[] {
  return shown(events.reduce(afterEvent, liveChats(chats)))
}

function shown(live: ReturnType<typeof liveChats>): string[] {
  return chatsOf(live).map(({ title, isRunning }) => (isRunning ? `${title}•` : title))
}

test("until something is heard the list is the page's", () => {
  expect(listAfter([], [chat("a", { isRunning: true }), chat("b")])).toEqual(["a•", "b"])
  expect(listAfter([{ type: "state", running: [] }], [chat("a", { isRunning: true }), chat("b")])).toEqual(["a", "b"])
})

test("chats show that they are written, in their places", () => {
  const state: UserEvent = { type: "state", running: [turn("a")] }
  expect(listAfter([state])).toEqual(["a•", "b"])
  expect(listAfter([state, started("b")])).toEqual(["a•", "b•"])
  expect(listAfter([state, started("b"), ended("a")])).toEqual(["a", "b•"])
})

test("new chats come to the top, once; others go, or change their titles", () => {
  expect(listAfter([created("c"), created("c")])).toEqual(["c•", "a", "b"])
  expect(listAfter([{ type: "chat-deleted", chatId: "a" }])).toEqual(["b"])
  expect(listAfter([{ type: "chat-renamed", chatId: "b", title: "better" }])).toEqual(["a", "better"])
  expect(listAfter([created("c"), { type: "chat-deleted", chatId: "c" }])).toEqual(["a", "b"])
})

test("what is heard while a list is on its way is not lost, whether the list knows of it or not", () => {
  const asked = whileListing(liveChats([chat("a"), chat("b")]))
  const heard = [created("c"), { type: "chat-deleted", chatId: "b" } as const].reduce(afterEvent, asked)
  expect(shown(afterListing(heard, [chat("a"), chat("b")]))).toEqual(["c•", "a"])
  expect(shown(afterListing(heard, [chat("c"), chat("a")]))).toEqual(["c", "a"])
  const later = afterListing(afterListing(heard, [chat("c"), chat("a")]), [chat("d")])
  expect(shown(later)).toEqual(["d"])
})
