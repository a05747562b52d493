// @vitest-environment jsdom
import { act } from "react"
import { expect, onTestFinished, test, vi } from "vitest"
import { keepChat, undoMs } from "#hooks/chats/chat-changes.ts"
import { byTestId } from "../mount.ts"
import { byText, mountSidebar, titles, useSidebarServer, wait } from "./mount-sidebar.tsx"

const server = useSidebarServer()

test("a deleted chat can be restored for five seconds, with the focus on Undo, and no request before then", async () => {
  const { container } = await mountSidebar(server)
  act(() => byText(container, "Delete").click())
  expect(titles(container)).toEqual(["Coffee"])
  expect(document.activeElement).toBe(byTestId(container, "undo"))
  await wait(undoMs - 1)
  expect(server.requests).toEqual([])
  act(() => byTestId(container, "undo").click())
  await wait(undoMs)
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(server.requests).toEqual([])
})

test("after five seconds the chat is deleted, and its page is left", async () => {
  const { container, onCurrentGone } = await mountSidebar(server, { currentChatId: server.chats[0]?.id })
  act(() => byText(container, "Delete").click())
  await wait(undoMs)
  expect(server.requests).toEqual([
    expect.stringMatching(`^DELETE /api/chat/${server.chats[0]?.id}\\?askedMsAgo=\\d+$`),
  ])
  expect(container.querySelector("[data-testid=removed-chat]")).toBeNull()
  expect(onCurrentGone).toHaveBeenCalledOnce()
})

test("leaving the page does not cancel a deletion", async () => {
  const { container } = await mountSidebar(server)
  act(() => byText(container, "Delete").click())
  await act(async () => void window.dispatchEvent(new Event("pagehide")))
  expect(server.requests).toEqual([expect.stringContaining(`DELETE /api/chat/${server.chats[0]?.id}?askedMsAgo=`)])
  await wait(undoMs)
  expect(server.requests).toHaveLength(1)
})

test("L2 writing in a chat about to be deleted keeps it, even from another tab", async () => {
  const { container } = await mountSidebar(server)
  const [tea, coffee] = server.chats.map(({ id }) => id)
  act(() => byText(container, "Delete").click())
  act(() => expect(keepChat(coffee ?? ""), "which was not to go").toBe(false))
  expect(titles(container)).toEqual(["Coffee"])
  act(() => expect(keepChat(tea ?? "")).toBe(true))
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  await wait(undoMs)
  expect(server.requests).toEqual([])

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
  expect(server.requests, "the other tab's word counts").toEqual([])

  otherTab.postMessage({ chatId: coffee, is: "waiting" })
  await arrived(() => titles(container).length === 1)
  act(() => byTestId(container, "undo").click())
  await arrived(() => heard.mock.calls.length === 2)
  expect(heard).toHaveBeenLastCalledWith({ chatId: coffee, is: "kept" })
  otherTab.postMessage({ chatId: coffee, is: "waiting" })
  await arrived(() => titles(container).length === 1)
  await wait(3 * undoMs)
  expect(titles(container), "that tab is gone, and the chat is not").toEqual(["Tea", "Coffee"])
  expect(server.requests, "one tab deletes").toEqual([])
})

test("L2 a chat that was continued elsewhere is kept, and a note says so", async () => {
  const error = { code: "chat_gone_on", message: "This chat has gone on.", retryable: false }
  server.answer = () => Response.json({ error }, { status: 409 })
  const { container, onProblem, onCurrentGone } = await mountSidebar(server, { currentChatId: server.chats[0]?.id })
  act(() => byText(container, "Delete").click())
  await wait(undoMs)
  expect(server.requests).toEqual([expect.stringContaining(`askedMsAgo=${undoMs}`)])
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(onProblem).toHaveBeenCalledExactlyOnceWith("This chat has gone on.")
  expect(onCurrentGone).not.toHaveBeenCalled()
})

test("a failed deletion restores the chat and says so", async () => {
  server.answer = () => Promise.reject(new TypeError("no network"))
  const { container, onProblem, onCurrentGone } = await mountSidebar(server, { currentChatId: server.chats[0]?.id })
  act(() => byText(container, "Delete").click())
  await wait(undoMs)
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(onProblem).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("nothing was changed"))
  expect(onCurrentGone).not.toHaveBeenCalled()
})

/** The real timer, from before the test's fake clock. */
const soon = setImmediate

/** Messages between tabs do not come by the test's fake timers. */
async function arrived(isSo: () => boolean): Promise<void> {
  while (!isSo()) await act(async () => new Promise((resolve) => soon(resolve)))
}
