// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest"
import { markAccepted, putInOutbox, takeFromOutbox } from "#hooks/chat/outbox.ts"
import { updateUnread } from "#hooks/chats/use-unread-chats.ts"

afterEach(() => {
  sessionStorage.clear()
})

const message = (id: string) => ({ id, parts: [{ type: "text" as const, text: id }] })

test("a message waits until a page shows it as stored, and is removed once", () => {
  putInOutbox("chat", message("one"))
  expect(takeFromOutbox("chat", [])).toEqual(message("one"))
  expect(takeFromOutbox("chat", [])).toBeUndefined()
  putInOutbox("chat", message("two"))
  expect(takeFromOutbox("chat", [{ ...message("two"), role: "user" }])).toBeUndefined()
})

test("when the browser's storage is full a message is not kept, nothing breaks, and the one before is not sent again", () => {
  putInOutbox("chat", message("before"))
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError")
  })
  putInOutbox("chat", message("now"))
  markAccepted("chat")
  updateUnread("user", { type: "turn-ended", chatId: "c", streamId: "s", messageId: "m", status: "COMPLETE" })
  expect(takeFromOutbox("chat", [])).toBeUndefined()
})
