// @vitest-environment jsdom
import { act, type ComponentProps } from "react"
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { Sidebar } from "#components/sidebar/sidebar.tsx"
import { keepChat, undoMs } from "#hooks/chats/chat-changes.ts"
import type { ChatSummary } from "#lib/chat-protocol.ts"
import { byTestId, find, mountGrowing } from "./mount.ts"

const requests: string[] = []
let answer: (request: string) => Response | Promise<Response>
let chats: ChatSummary[]

beforeEach(() => {
  vi.useFakeTimers()
  requests.length = 0
  answer = () => Response.json({})
  vi.stubGlobal("fetch", async (address: string, init: RequestInit = {}) => {
    const request = [init.method ?? "GET", address, init.body].filter(Boolean).join(" ")
    requests.push(request)
    init.signal?.throwIfAborted()
    return answer(request)
  })
  chats = ["Tea", "Coffee"].map((title) => ({
    // What was changed about a chat is remembered for as long as the page lives: so each test has its own.
    id: crypto.randomUUID(),
    agent: "assistant",
    title,
    updatedAt: "2026-11-21T05:00:00.000Z",
    isRunning: false,
  }))
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test("a chat is renamed in place: Enter keeps the new title, and the server is told", async () => {
  const { container } = await sidebar()
  const input = rename(container)
  expect(document.activeElement).toBe(input)
  type(input, "  Green   tea ")
  await press(input, { key: "Enter" })
  expect(titles(container)).toEqual(["Green tea", "Coffee"])
  expect(requests).toEqual([`PATCH /api/chat/${chats[0]?.id} {"title":"Green tea"}`])
})

test.each([
  ["Escape", { key: "Escape" }, "Something"],
  ["Enter on an unchanged title", { key: "Enter" }, "Tea"],
  ["Enter on an empty one", { key: "Enter" }, "  "],
])("%s leaves the title unchanged", async (_, key, text) => {
  const { container } = await sidebar()
  const input = rename(container)
  type(input, text)
  await press(input, key)
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(requests).toEqual([])
})

test("an input method's Enter does not end the renaming", async () => {
  const { container } = await sidebar()
  const input = rename(container)
  type(input, "にほん")
  await press(input, { key: "Enter", isComposing: true })
  expect(byTestId<HTMLInputElement>(container, "title-input").value).toBe("にほん")
})

test("a refused rename is reverted, with the reason", async () => {
  answer = () => Response.json({ error: { code: "rate_limited", message: "Wait a moment." } }, { status: 429 })
  const { container, onProblem } = await sidebar()
  const input = rename(container)
  type(input, "Green tea")
  await press(input, { key: "Enter" })
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(onProblem).toHaveBeenCalledExactlyOnceWith("Wait a moment.")
})

test("a deleted chat can be restored for five seconds, with the focus on Undo, and no request before then", async () => {
  const { container } = await sidebar()
  act(() => byText(container, "Delete").click())
  expect(titles(container)).toEqual(["Coffee"])
  expect(document.activeElement).toBe(byTestId(container, "undo"))
  await wait(undoMs - 1)
  expect(requests).toEqual([])
  act(() => byTestId(container, "undo").click())
  await wait(undoMs)
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(requests).toEqual([])
})

test("after five seconds the chat is deleted, and its page is left", async () => {
  const { container, onCurrentGone } = await sidebar({ currentChatId: chats[0]?.id })
  act(() => byText(container, "Delete").click())
  await wait(undoMs)
  expect(requests).toEqual([expect.stringMatching(`^DELETE /api/chat/${chats[0]?.id}\\?askedMsAgo=\\d+$`)])
  expect(container.querySelector("[data-testid=removed-chat]")).toBeNull()
  expect(onCurrentGone).toHaveBeenCalledOnce()
})

test("leaving the page does not cancel a deletion", async () => {
  const { container } = await sidebar()
  act(() => byText(container, "Delete").click())
  await act(async () => void window.dispatchEvent(new Event("pagehide")))
  expect(requests).toEqual([expect.stringContaining(`DELETE /api/chat/${chats[0]?.id}?askedMsAgo=`)])
  await wait(undoMs)
  expect(requests).toHaveLength(1)
})

test("L2 writing in a chat about to be deleted keeps it, even from another tab", async () => {
  const { container } = await sidebar()
  const [tea, coffee] = chats.map(({ id }) => id)
  act(() => byText(container, "Delete").click())
  act(() => expect(keepChat(coffee ?? ""), "which was not to go").toBe(false))
  expect(titles(container)).toEqual(["Coffee"])
  act(() => expect(keepChat(tea ?? "")).toBe(true))
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  await wait(undoMs)
  expect(requests).toEqual([])

  const otherTab = new BroadcastChannel("rejoin:removals")
  onTestFinished(() => otherTab.close())
  const heard = vi.fn()
  otherTab.onmessage = ({ data }) => heard(data)
  act(() => byText(container, "Delete").click())
  await arrived(() => heard.mock.calls.length === 1)
  expect(heard).toHaveBeenLastCalledWith({ chatId: tea, is: "waiting" })
  otherTab.postMessage({ chatId: tea, is: "kept" })
  await arrived(() => titles(container).length === 2)
  await wait(undoMs)
  expect(requests, "the other tab's word counts").toEqual([])

  otherTab.postMessage({ chatId: coffee, is: "waiting" })
  await arrived(() => titles(container).length === 1)
  act(() => byTestId(container, "undo").click())
  await arrived(() => heard.mock.calls.length === 2)
  expect(heard).toHaveBeenLastCalledWith({ chatId: coffee, is: "kept" })
  otherTab.postMessage({ chatId: coffee, is: "waiting" })
  await arrived(() => titles(container).length === 1)
  await wait(3 * undoMs)
  expect(titles(container), "that tab is gone, and the chat is not").toEqual(["Tea", "Coffee"])
  expect(requests, "one tab deletes").toEqual([])
})

test("L2 a chat that was continued elsewhere is kept, and a note says so", async () => {
  const error = { code: "chat_gone_on", message: "This chat has gone on.", retryable: false }
  answer = () => Response.json({ error }, { status: 409 })
  const { container, onProblem, onCurrentGone } = await sidebar({ currentChatId: chats[0]?.id })
  act(() => byText(container, "Delete").click())
  await wait(undoMs)
  expect(requests).toEqual([expect.stringContaining(`askedMsAgo=${undoMs}`)])
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(onProblem).toHaveBeenCalledExactlyOnceWith("This chat has gone on.")
  expect(onCurrentGone).not.toHaveBeenCalled()
})

test("L11 a rename begins without the ellipsis of a shortened title", async () => {
  chats = chats.map((chat, index) => (index === 0 ? { ...chat, title: "A question that is too long for a…" } : chat))
  const { container } = await sidebar()
  const input = rename(container)
  expect(input.value).toBe("A question that is too long for a")
  await press(input, { key: "Enter" })
  expect(requests, "nothing was changed").toEqual([])
  type(rename(container), "A question that is too long for a title")
  await press(byTestId(container, "title-input"), { key: "Enter" })
  expect(requests).toEqual([expect.stringContaining(`{"title":"A question that is too long for a title"}`)])
})

test("a failed deletion restores the chat and says so", async () => {
  answer = () => Promise.reject(new TypeError("no network"))
  const { container, onProblem, onCurrentGone } = await sidebar({ currentChatId: chats[0]?.id })
  act(() => byText(container, "Delete").click())
  await wait(undoMs)
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(onProblem).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("nothing was changed"))
  expect(onCurrentGone).not.toHaveBeenCalled()
})

test("a search waits for a pause in typing, shows the match's place, and Escape shows all chats again", async () => {
  answer = () =>
    Response.json({
      chats: [{ ...chats[1], running: true, snippet: { before: "a cup of ", hit: "coffee", after: ", black" } }],
      nextCursor: null,
    })
  const { container } = await sidebar()
  const field = byTestId<HTMLInputElement>(container, "chat-search")
  type(field, "cof")
  await wait(100)
  type(field, "coffee")
  await wait(249)
  expect(requests).toEqual([])
  await wait(1)
  expect(requests).toEqual(["GET /api/chats?search=coffee"])
  expect(titles(container)).toEqual(["Coffeea cup of coffee, blackbeing written"])
  expect(find(container, "mark").textContent).toBe("coffee")
  await press(field, { key: "Escape" })
  expect(field.value).toBe("")
  expect(titles(container)).toEqual(["Tea", "Coffee"])
})

test("a search without matches continues page by page, and says so in the end", async () => {
  answer = (request) => Response.json({ chats: [], nextCursor: request.includes("cursor") ? null : "2026_x" })
  const { container } = await sidebar()
  type(byTestId<HTMLInputElement>(container, "chat-search"), "100% & more")
  await wait(250)
  expect(requests).toEqual([
    "GET /api/chats?search=100%25+%26+more",
    "GET /api/chats?search=100%25+%26+more&cursor=2026_x",
  ])
  expect(find(container, "[role=status]").textContent).toBe("No chat contains this text.")
})

test("older chats load when the end of the list comes near; a failure can be retried", async () => {
  const near = new Set<() => void>()
  class Observer {
    near: () => void
    constructor(report: (entries: { isIntersecting: boolean }[]) => void) {
      this.near = () => report([{ isIntersecting: true }])
    }
    observe = () => near.add(this.near)
    disconnect = () => near.delete(this.near)
  }
  vi.stubGlobal("IntersectionObserver", Observer)
  const load = vi.fn()
  const { container, show } = await sidebar({ older: { state: "available", load } })
  expect(load).not.toHaveBeenCalled()
  for (const tell of near) act(tell)
  expect(load).toHaveBeenCalledOnce()

  await show({ older: { state: "failed", load } })
  const row = byTestId(container, "older-chats")
  expect(find(row, "[role=status]").textContent).toBe("Older chats could not be loaded.")
  expect(near.size).toBe(0)
  const retry = find(row, "button")
  retry.focus()
  act(() => retry.click())
  expect(load).toHaveBeenCalledTimes(2)
  await show({ older: { state: "loading", load } })
  expect(document.activeElement).toBe(retry)
  const [first] = chats
  if (first) chats = [...chats, { ...first, id: crypto.randomUUID(), title: "Cocoa" }]
  await show({ older: undefined })
  expect(titles(container)).toEqual(["Tea", "Coffee", "Cocoa"])
  expect(document.activeElement?.textContent).toBe("Cocoa")
})

interface SidebarOptions {
  currentChatId?: string | undefined
  older?: ComponentProps<typeof Sidebar>["older"]
}

async function sidebar(options: SidebarOptions = {}) {
  const onProblem = vi.fn()
  const onCurrentGone = vi.fn()
  let { currentChatId, older } = options
  const { container, grow } = await mountGrowing(() => (
    <Sidebar
      chats={chats}
      older={older}
      currentChatId={currentChatId}
      agentSlug="assistant"
      user={undefined}
      onSignOut={vi.fn()}
      onCurrentGone={onCurrentGone}
      onProblem={onProblem}
    />
  ))
  await grow("")
  const show = (next: SidebarOptions) => {
    ;({ currentChatId, older } = next)
    return grow("")
  }
  return { container, onProblem, onCurrentGone, show }
}

function rename(container: HTMLElement): HTMLInputElement {
  act(() => byText(container, "Rename").click())
  return byTestId<HTMLInputElement>(container, "title-input")
}

function titles(container: HTMLElement): (string | null)[] {
  return [...container.querySelectorAll("[data-testid=chat-list-item]")].map((link) => link.textContent)
}

/** The first one's. */
function byText(container: HTMLElement, text: string): HTMLElement {
  const button = [...container.querySelectorAll("button")].find(({ textContent }) => textContent === text)
  if (!button) throw new Error(`There is no button ${text}`)
  return button
}

async function wait(ms: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(ms))
}

function type(input: HTMLInputElement, text: string): void {
  // React notices a new value only if its own setter is bypassed.
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set
  act(() => {
    setValue?.call(input, text)
    input.dispatchEvent(new Event("input", { bubbles: true }))
  })
}

async function press(input: HTMLElement, key: KeyboardEventInit): Promise<void> {
  await act(
    async () => void input.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key })),
  )
}

/** The real timer, from before the test's fake clock. */
const soon = setImmediate

/** Messages between tabs do not come by the test's fake timers. */
async function arrived(isSo: () => boolean): Promise<void> {
  while (!isSo()) await act(async () => new Promise((resolve) => soon(resolve)))
}
