import { expect, test } from "vitest"
import { tabTitle } from "#components/tab-title.ts"
import type { ListedChat } from "#hooks/use-user-events.ts"

function chat(id: string, signs: { isRunning?: boolean; isUnread?: boolean } = {}): ListedChat {
  return { id, agent: "assistant", title: `Chat ${id}`, updatedAt: "", isRunning: false, ...signs }
}

test("a chat's tab shows that an answer is being written, or was finished since the last look", () => {
  expect(tabTitle([chat("a")], "a")).toBe("Chat a · Rejoin")
  expect(tabTitle([chat("a", { isRunning: true })], "a")).toBe("● Chat a · Rejoin")
  expect(tabTitle([chat("a", { isUnread: true })], "a")).toBe("✓ Chat a · Rejoin")
})

test("the tab counts other chats with new answers, unless its own chat has news", () => {
  const others = [chat("b", { isUnread: true }), chat("c", { isUnread: true }), chat("d", { isRunning: true })]
  expect(tabTitle([chat("a"), ...others], "a")).toBe("(2) Chat a · Rejoin")
  expect(tabTitle(others, undefined)).toBe("(2) Rejoin")
  expect(tabTitle([chat("a", { isRunning: true }), ...others], "a")).toBe("● Chat a · Rejoin")
})

test("a new chat's tab has the name of the service", () => {
  expect(tabTitle([], undefined)).toBe("Rejoin")
})
