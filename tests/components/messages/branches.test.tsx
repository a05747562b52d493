// @vitest-environment jsdom
import { act } from "react"
import { expect, test, vi } from "vitest"
import { loadMarkdown } from "#components/markdown/markdown.tsx"
import { CompactionNote } from "#components/messages/answer/compaction-note.tsx"
import { UserMessage } from "#components/messages/user-message.tsx"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { byTestId, find, mount } from "../mount.ts"
import { mountAnswer } from "./mount-answer.tsx"

await loadMarkdown()

const branches = { ids: ["u1", "u2", "u3"], index: 1 }

test("Edit opens the message in place, with the cursor at its end; Enter sends the new text", async () => {
  const { container, onEdit } = await userMessage()
  const input = edit(container)
  expect(input.value).toBe("What is it?")
  expect(document.activeElement).toBe(input)
  expect(input.selectionStart).toBe(input.value.length)
  type(input, "  What was it?\n")
  press(input, { key: "Enter" })
  expect(onEdit).toHaveBeenCalledExactlyOnceWith("u2", "What was it?")
  expect(container.querySelector("[data-testid=edit-input]")).toBeNull()
})

test("Escape restores the message and the focus, and does nothing else", async () => {
  const { container, onEdit } = await userMessage()
  const others = vi.fn()
  type(edit(container), "Something else")
  window.addEventListener("keydown", (event) => others(event.defaultPrevented), { once: true })
  press(byTestId(container, "edit-input"), { key: "Escape" })
  expect(container.textContent).toContain("What is it?")
  expect(document.activeElement).toBe(byTestId(container, "edit"))
  expect(others).toHaveBeenCalledExactlyOnceWith(true)
  expect(edit(container).value).toBe("What is it?")
  expect(onEdit).not.toHaveBeenCalled()
})

test.each([
  ["Shift+Enter", { key: "Enter", shiftKey: true }],
  ["an input method's Enter", { key: "Enter", isComposing: true }],
  ["Safari's Enter of an input method", { key: "Enter", keyCode: 229 }],
  ["an input method's Escape", { key: "Escape", isComposing: true }],
])("%s neither sends nor closes the editor", async (_, key) => {
  const { container, onEdit } = await userMessage()
  type(edit(container), "にほん")
  press(byTestId(container, "edit-input"), key)
  expect(byTestId<HTMLTextAreaElement>(container, "edit-input").value).toBe("にほん")
  expect(onEdit).not.toHaveBeenCalled()
})

test("unchanged text is not sent, and empty text cannot be", async () => {
  const { container, onEdit } = await userMessage()
  press(edit(container), { key: "Enter" })
  expect(container.querySelector("[data-testid=edit-input]")).toBeNull()
  type(edit(container), "  ")
  press(byTestId(container, "edit-input"), { key: "Enter" })
  expect(byTestId<HTMLButtonElement>(container, "edit-send").disabled).toBe(true)
  expect(onEdit).not.toHaveBeenCalled()
})

test("a message with several versions shows its number, and links to its neighbours", async () => {
  const { container, onSwitch } = await userMessage()
  const pager = byTestId(container, "branches")
  expect(pager.getAttribute("aria-label")).toBe("Version 2 of 3")
  expect(pager.textContent).toBe("2/3")
  act(() => find(pager, "[aria-label='Previous version']").click())
  act(() => find(pager, "[aria-label='Next version']").click())
  expect(onSwitch.mock.calls).toEqual([["u1"], ["u3"]])
})

test("at the last version, and while an answer is written, a step does nothing but keeps the focus", async () => {
  const last = await userMessage({ ...branches, index: 2 })
  const next = find(last.container, "[aria-label='Next version']")
  next.focus()
  act(() => next.click())
  expect(next.getAttribute("aria-disabled")).toBe("true")
  expect(document.activeElement).toBe(next)
  const metadata = { status: "COMPLETE" as const, branches }
  const message: ChatMessage = { id: "u2", role: "user", parts: [{ type: "text", text: "Hm?" }], metadata }
  const container = await mount(<UserMessage message={message} onEdit={undefined} onSwitch={undefined} />)
  act(() => find(container, "[aria-label='Next version']").click())
  expect(byTestId(container, "edit").className).toContain("invisible")
  expect(last.onSwitch).not.toHaveBeenCalled()
})

test("a regenerated answer leads to the one before", async () => {
  const onSwitch = vi.fn()
  const message: ChatMessage = {
    id: "a2",
    role: "assistant",
    parts: [{ type: "text", text: "Another" }],
    metadata: { status: "COMPLETE", branches: { ids: ["a1", "a2"], index: 1 } },
  }
  const container = await mountAnswer(message, { onSwitch })
  act(() => find(container, "[aria-label='Previous version']").click())
  expect(onSwitch).toHaveBeenCalledExactlyOnceWith("a1")
})

test("a summary is a quiet row that opens to its plain text and its savings", async () => {
  const compaction = {
    summary: "<b>They</b> talked about tea.",
    tokensBefore: 12_345,
    tokensAfter: 89,
    model: "test-model",
    createdAt: "2026-11-21T05:00:00Z",
  }
  const container = await mount(<CompactionNote compaction={compaction} />)
  expect(find<HTMLDetailsElement>(container, "details").open).toBe(false)
  expect(find(container, "summary").textContent).toBe("Earlier messages were summarised")
  expect(container.textContent).toContain("<b>They</b> talked about tea.")
  expect(container.textContent).toContain("about 89 tokens instead of 12,345. Written by test-model, ")
})

test("a user's own message can be copied, even while nothing can be edited", async () => {
  const writeText = vi.fn(async () => undefined)
  vi.stubGlobal("navigator", { clipboard: { writeText } })
  const message: ChatMessage = { id: "u1", role: "user", parts: [{ type: "text", text: "Of my own" }] }
  const container = await mount(<UserMessage message={message} onEdit={undefined} onSwitch={undefined} />)
  await act(async () => find(container, "[aria-label='Copy']").click())
  vi.unstubAllGlobals()
  expect(writeText).toHaveBeenCalledExactlyOnceWith("Of my own")
  find(container, "[aria-label='Copied']")
})

async function userMessage(of = branches) {
  const onEdit = vi.fn()
  const onSwitch = vi.fn()
  const message: ChatMessage = {
    id: "u2",
    role: "user",
    parts: [{ type: "text", text: "What is it?" }],
    metadata: { status: "COMPLETE", branches: of },
  }
  const container = await mount(<UserMessage message={message} onEdit={onEdit} onSwitch={onSwitch} />)
  return { container, onEdit, onSwitch }
}

function edit(container: HTMLElement): HTMLTextAreaElement {
  act(() => byTestId(container, "edit").click())
  return byTestId<HTMLTextAreaElement>(container, "edit-input")
}

function type(input: HTMLTextAreaElement, text: string): void {
  // React notices a new value only if its own setter is bypassed.
  const setValue = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set
  act(() => {
    setValue?.call(input, text)
    input.dispatchEvent(new Event("input", { bubbles: true }))
  })
}

function press(input: HTMLElement, key: KeyboardEventInit): void {
  act(() => void input.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key })))
}
