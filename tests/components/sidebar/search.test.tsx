// @vitest-environment jsdom
import { act } from "react"
import { expect, test, vi } from "vitest"
import { byTestId, find } from "../mount.ts"
import { mountSidebar, press, titles, type, useSidebarServer, wait } from "./mount-sidebar.tsx"

const server = useSidebarServer()

test("a search waits for a pause in typing, shows the match's place, and Escape shows all chats again", async () => {
  server.answer = () =>
    Response.json({
      chats: [{ ...server.chats[1], running: true, snippet: { before: "a cup of ", hit: "coffee", after: ", black" } }],
      nextCursor: null,
    })
  const { container } = await mountSidebar(server)
  const field = byTestId<HTMLInputElement>(container, "chat-search")
  type(field, "cof")
  await wait(100)
  type(field, "coffee")
  await wait(249)
  expect(server.requests).toEqual([])
  await wait(1)
  expect(server.requests).toEqual(["GET /api/chats?search=coffee"])
  expect(titles(container)).toEqual(["Coffeea cup of coffee, blackbeing written"])
  expect(find(container, "mark").textContent).toBe("coffee")
  await press(field, { key: "Escape" })
  expect(field.value).toBe("")
  expect(titles(container)).toEqual(["Tea", "Coffee"])
})

test("a search without matches continues page by page, and says so in the end", async () => {
  server.answer = (request) => Response.json({ chats: [], nextCursor: request.includes("cursor") ? null : "2026_x" })
  const { container } = await mountSidebar(server)
  type(byTestId<HTMLInputElement>(container, "chat-search"), "100% & more")
  await wait(250)
  expect(server.requests).toEqual([
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
  const { container, show } = await mountSidebar(server, { older: { state: "available", load } })
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
  const [first] = server.chats
  if (first) server.chats = [...server.chats, { ...first, id: crypto.randomUUID(), title: "Cocoa" }]
  await show({ older: undefined })
  expect(titles(container)).toEqual(["Tea", "Coffee", "Cocoa"])
  expect(document.activeElement?.textContent).toBe("Cocoa")
})
