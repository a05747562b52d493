// @vitest-environment jsdom
import { expect, test } from "vitest"
import { byTestId } from "../mount.ts"
import { mountSidebar, press, rename, titles, type, useSidebarServer } from "./mount-sidebar.tsx"

const server = useSidebarServer()

test("a chat is renamed in place: Enter keeps the new title, and the server is told", async () => {
  const { container } = await mountSidebar(server)
  const input = rename(container)
  expect(document.activeElement).toBe(input)
  type(input, "  Green   tea ")
  await press(input, { key: "Enter" })
  expect(titles(container)).toEqual(["Green tea", "Coffee"])
  expect(server.requests).toEqual([`PATCH /api/chat/${server.chats[0]?.id} {"title":"Green tea"}`])
})

test.each([
  ["Escape", { key: "Escape" }, "Something"],
  ["Enter on an unchanged title", { key: "Enter" }, "Tea"],
  ["Enter on an empty one", { key: "Enter" }, "  "],
])("%s leaves the title unchanged", async (_, key, text) => {
  const { container } = await mountSidebar(server)
  const input = rename(container)
  type(input, text)
  await press(input, key)
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(server.requests).toEqual([])
})

test("an input method's Enter does not end the renaming", async () => {
  const { container } = await mountSidebar(server)
  const input = rename(container)
  type(input, "にほん")
  await press(input, { key: "Enter", isComposing: true })
  expect(byTestId<HTMLInputElement>(container, "title-input").value).toBe("にほん")
})

test("a refused rename is reverted, with the reason", async () => {
  server.answer = () => Response.json({ error: { code: "rate_limited", message: "Wait a moment." } }, { status: 429 })
  const { container, onProblem } = await mountSidebar(server)
  const input = rename(container)
  type(input, "Green tea")
  await press(input, { key: "Enter" })
  expect(titles(container)).toEqual(["Tea", "Coffee"])
  expect(onProblem).toHaveBeenCalledExactlyOnceWith("Wait a moment.")
})

test("L11 a rename begins without the ellipsis of a shortened title", async () => {
  server.chats = server.chats.map((chat, index) =>
    index === 0 ? { ...chat, title: "A question that is too long for a…" } : chat,
  )
  const { container } = await mountSidebar(server)
  const input = rename(container)
  expect(input.value).toBe("A question that is too long for a")
  await press(input, { key: "Enter" })
  expect(server.requests, "nothing was changed").toEqual([])
  type(rename(container), "A question that is too long for a title")
  await press(byTestId(container, "title-input"), { key: "Enter" })
  expect(server.requests).toEqual([expect.stringContaining(`{"title":"A question that is too long for a title"}`)])
})
