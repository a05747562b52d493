// @vitest-environment jsdom
import { act } from "react"
import { hydrateRoot } from "react-dom/client"
import { renderToString } from "react-dom/server"
import { expect, onTestFinished, test, vi } from "vitest"
import { Composer } from "#components/composer/composer.tsx"
import { maxMessageChars } from "#lib/chat-protocol.ts"
import { byTestId, find, mount } from "./mount.ts"

const nothingAttached = { files: [], artifacts: [] }

test("Enter sends the text without the space around it, and empties the field", async () => {
  const { input, onSend } = await composer()
  type(input, "  Hello there \n")
  press(input, { key: "Enter" })
  expect(onSend).toHaveBeenCalledExactlyOnceWith("Hello there", nothingAttached)
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

test("what was written before the page could hear it is there to be sent", async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const onSend = vi.fn<(text: string) => void>()
  const element = <Composer isWriting={false} onSend={onSend} onStop={() => undefined} />
  const container = document.body.appendChild(document.createElement("div"))
  container.innerHTML = renderToString(element)
  const input = byTestId<HTMLTextAreaElement>(container, "composer-input")
  input.value = "I was quick"
  const root = await act(async () => hydrateRoot(container, element))
  onTestFinished(() => {
    act(() => root.unmount())
    container.remove()
  })
  act(() => byTestId<HTMLButtonElement>(container, "send").click())
  expect(onSend).toHaveBeenCalledExactlyOnceWith("I was quick", expect.anything())
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
  expect(onSend).toHaveBeenCalledExactlyOnceWith("Hello", nothingAttached)
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

test("M11 a long text that is pasted is attached, a short one is not, and it can be taken away again", async () => {
  const { container, input, onSend } = await composer()
  const content = `first line\n${"x".repeat(4_000)}`
  expect(paste(input, "a few words").defaultPrevented).toBe(false)
  expect(paste(input, content).defaultPrevented).toBe(true)
  paste(input, content)
  expect(container.querySelectorAll("[data-testid=attaching]")).toHaveLength(2)
  act(() => find(container, '[aria-label="Take first line away"]').click())
  press(input, { key: "Enter" })
  expect(onSend).toHaveBeenCalledExactlyOnceWith("", { files: [], artifacts: [{ type: "DOCUMENT", content }] })
  expect(container.querySelectorAll("[data-testid=attaching]")).toHaveLength(0)
})

test("a file that is too large says so, is not sent, and holds the message back until it is taken away", async () => {
  const { container, input, onSend } = await composer()
  type(input, "Look")
  const file = new File(["x"], "large.png")
  Object.defineProperty(file, "size", { value: 10_000_001 })
  const event = Object.assign(new Event("drop", { bubbles: true, cancelable: true }), {
    dataTransfer: { types: ["Files"], files: [file] },
  })
  act(() => container.dispatchEvent(event))
  expect(container.textContent).toContain("A file can have 10 MB at most.")
  press(input, { key: "Enter" })
  expect(onSend).not.toHaveBeenCalled()
  act(() => find(container, '[aria-label="Take large.png away"]').click())
  press(input, { key: "Enter" })
  expect(onSend).toHaveBeenCalledOnce()
})

function paste(input: HTMLTextAreaElement, text: string): Event {
  const clipboardData = { files: [], getData: () => text }
  const event = Object.assign(new Event("paste", { bubbles: true, cancelable: true }), { clipboardData })
  act(() => input.dispatchEvent(event))
  return event
}

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
