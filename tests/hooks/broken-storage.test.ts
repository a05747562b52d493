// @vitest-environment jsdom
import { act, createElement } from "react"
import { beforeEach, expect, test, vi } from "vitest"
import { markAccepted, putInOutbox, takeFromOutbox } from "#hooks/chat/outbox.ts"
import { updateUnread, useUnreadChats } from "#hooks/chats/use-unread-chats.ts"
import { dropAllDrafts, keepDraft, readDraft } from "#hooks/composer/drafts.ts"
import { dropAllChoices, keepChoice, lastChoice, parseChoice, storedChoice } from "#hooks/composer/model-choices.ts"
import { useDraft } from "#hooks/composer/use-draft.ts"
import { mount } from "../components/mount.ts"

const place = { chatId: "chat", agent: "assistant", owner: undefined }
const message = { id: "one", parts: [{ type: "text" as const, text: "one" }] }
const ended = { type: "turn-ended", chatId: "c", streamId: "s", messageId: "m", status: "COMPLETE" } as const

/** Text that no version of this page writes, or only a part of it. */
const broken = ["", "{", "null", "42", '"text"', "[]", "{}", '{"text":7,"atMs":"now"}', '{"writing":{},"unread":[3]}']

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

test.each(broken)(
  "stored text that is not ours counts as nothing, and is replaced by the next valid value: %s",
  (text) => {
    keepDraft(place, { text: "before", hadAttachments: false })
    keepChoice(place, { modelId: "a-model", after: undefined })
    putInOutbox("chat", message)
    updateUnread("user", ended)
    for (const storage of [localStorage, sessionStorage])
      for (const key of Object.keys(storage)) storage.setItem(key, text)
    expect(Object.keys(localStorage)).toHaveLength(3)
    expect(readDraft(place)).toBeUndefined()
    expect(parseChoice(storedChoice(place), place)).toBeUndefined()
    markAccepted("chat")
    expect(takeFromOutbox("chat", [])).toBeUndefined()
    keepDraft({ ...place, chatId: "other" }, { text: "another", hadAttachments: false })

    keepDraft(place, { text: "after", hadAttachments: false })
    updateUnread("user", ended)
    putInOutbox("chat", message)
    expect(readDraft(place)?.text).toBe("after")
    expect(takeFromOutbox("chat", [])).toEqual(message)
  },
)

test("a draft without its time is invalid, because its age is unknown", () => {
  localStorage.setItem("rejoin:draft:chat", '{"text":"half","hadAttachments":false}')
  expect(readDraft(place)).toBeUndefined()
})

test("signing out removes unreadable entries as well", () => {
  localStorage.setItem("rejoin:draft:chat", "{")
  localStorage.setItem("rejoin:model:rejoin:draft:chat", "{")
  dropAllDrafts()
  dropAllChoices()
  expect(Object.keys(localStorage)).toEqual([])
})

test.each(["{", '{"unread":"all"}'])(
  "a page renders when another program has written %s into its storage",
  async (text) => {
    localStorage.setItem("rejoin:unread:user", text)
    localStorage.setItem("rejoin:draft:chat", text)
    const container = await mount(createElement(Page))
    expect(container.textContent).toBe("unread: none, draft: none")
    await act(async () => updateUnread("user", ended))
    expect(container.textContent).toBe("unread: c, draft: none")
  },
)

test("a page renders when the browser lets it store nothing", async () => {
  for (const method of ["getItem", "setItem", "removeItem"] as const)
    vi.spyOn(Storage.prototype, method).mockImplementation(() => {
      throw new DOMException("denied", "SecurityError")
    })
  const container = await mount(createElement(Page))
  expect(container.textContent).toBe("unread: none, draft: none")
  expect(lastChoice()).toBeNull()
  putInOutbox("chat", message)
  expect(takeFromOutbox("chat", [])).toBeUndefined()
})

function Page() {
  const unread = useUnreadChats("user")
  const { text } = useDraft({ place, hasAttachments: false, shown: () => "" })
  return `unread: ${unread.join() || "none"}, draft: ${text || "none"}`
}
