import { expect, test } from "vitest"
import { attentionAfter } from "#hooks/chats/use-unread-chats.ts"
import type { FinalStatus, UserEvent } from "#lib/chat-protocol.ts"

const turn = (chatId: string) => ({ chatId, streamId: `stream of ${chatId}`, messageId: `answer in ${chatId}` })
const state = (...chatIds: string[]): UserEvent => ({ type: "state", running: chatIds.map(turn) })
const started = (chatId: string): UserEvent => ({ type: "turn-started", ...turn(chatId) })
const ended = (chatId: string, status: FinalStatus = "COMPLETE"): UserEvent => ({
  type: "turn-ended",
  status,
  ...turn(chatId),
})

function unreadAfter(...events: UserEvent[]): string[] {
  return events.reduce(attentionAfter, { writing: [], unread: [] }).unread
}

test("a chat is unread from the end of an answer until the next begins", () => {
  expect(unreadAfter(state("a"))).toEqual([])
  expect(unreadAfter(state("a"), ended("a"))).toEqual(["a"])
  expect(unreadAfter(state("a"), ended("a"), ended("a"))).toEqual(["a"])
  expect(unreadAfter(state("a"), ended("a"), started("a"))).toEqual([])
})

test("a failed answer makes a chat unread, a stopped one does not", () => {
  expect(unreadAfter(started("a"), ended("a", "ERROR"))).toEqual(["a"])
  expect(unreadAfter(started("a"), ended("a", "STOPPED"))).toEqual([])
})

test("an answer that ended while no page was open is unread; one that ran unnoticed is not", () => {
  expect(unreadAfter(started("a"), started("b"), state("b"))).toEqual(["a"])
  expect(unreadAfter(state(), state())).toEqual([])
})

test("a deleted chat is forgotten", () => {
  expect(unreadAfter(ended("a"), { type: "chat-deleted", chatId: "a" })).toEqual([])
  expect(unreadAfter(started("a"), { type: "chat-deleted", chatId: "a" }, state())).toEqual([])
})
