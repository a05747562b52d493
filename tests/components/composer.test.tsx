// @vitest-environment jsdom
import { act } from "react"
import { expect, test, vi } from "vitest"
import { Composer } from "#components/composer.tsx"
import { maxMessageChars } from "#lib/chat-protocol.ts"
import { byTestId, mount } from "./mount.ts"

test("Enter sends the text without the space around it, and empties the field", async () => {
  const { input, onSend } = await composer()
  type(input, "  Hello there \n")
  press(input, { key: "Enter" })
  expect(onSend).toHaveBeenCalledExactlyOnceWith("Hello there")
  expect(input.value).toBe("")
})

test("Shift+Enter begins a line and sends nothing", async () => {
  const { input, onSend } = await composer()
  type(input, "Hello")
  const event = press(input, { key: "Enter", shiftKey: true })
  expect(onSend).not.toHaveBeenCalled()
  expect(event.defaultPrevented).toBe(false)
})

test.each([
  ["as browsers tell it", { key: "Enter", isComposing: true }],
  ["as Safari tells it", { key: "Enter", keyCode: 229 }],
])("the Enter that chooses a word in an input method sends nothing, %s", async (_, key) => {
  const { input, onSend } = await composer()
  type(input, "にほん")
  press(input, key)
  expect(onSend).not.toHaveBeenCalled()
  expect(input.value).toBe("にほん")
})

test.each(["", "  \n\t "])("there is nothing to send in %j", async (text) => {
  const { container, input, onSend } = await composer()
  type(input, text)
  press(input, { key: "Enter" })
  expect(byTestId<HTMLButtonElement>(container, "send").disabled).toBe(true)
  expect(onSend).not.toHaveBeenCalled()
})

test("the send button sends, and leaves the cursor in the field", async () => {
  const { container, input, onSend } = await composer()
  type(input, "Hello")
  act(() => byTestId(container, "send").click())
  expect(onSend).toHaveBeenCalledExactlyOnceWith("Hello")
  expect(document.activeElement).toBe(input)
})

test("while an answer is written there is a stop button, and Enter keeps what was typed", async () => {
  const { container, input, onSend, onStop } = await composer({ isWriting: true })
  type(input, "And then?")
  press(input, { key: "Enter" })
  act(() => byTestId(container, "stop").click())
  expect(onSend).not.toHaveBeenCalled()
  expect(input.value).toBe("And then?")
  expect(onStop).toHaveBeenCalledOnce()
  expect(container.querySelector("[data-testid=send]")).toBeNull()
})

test("a text that is too long is not sent, and it says how long one can be", async () => {
  const { container, input, onSend } = await composer()
  type(input, "x".repeat(maxMessageChars + 1))
  press(input, { key: "Enter" })
  expect(onSend).not.toHaveBeenCalled()
  expect(container.textContent).toContain("32,000 characters")
})

async function composer({ isWriting = false } = {}) {
  const onSend = vi.fn()
  const onStop = vi.fn()
  const container = await mount(<Composer isWriting={isWriting} onSend={onSend} onStop={onStop} />)
  return { container, input: byTestId<HTMLTextAreaElement>(container, "composer-input"), onSend, onStop }
}

function type(input: HTMLTextAreaElement, text: string): void {
  // React watches the element's own property; the prototype's setter is what a keyboard uses.
  const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set
  act(() => {
    setter?.call(input, text)
    input.dispatchEvent(new Event("input", { bubbles: true }))
  })
}

function press(input: HTMLTextAreaElement, key: KeyboardEventInit): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key })
  act(() => input.dispatchEvent(event))
  return event
}
