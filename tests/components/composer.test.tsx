// @vitest-environment jsdom
import { act } from "react"
import { describe, expect, test, vi } from "vitest"
import { Composer } from "#components/composer/composer.tsx"
import { maxMessageChars } from "#lib/chat-protocol.ts"
import { byTestId, find, hydrate, mount } from "./mount.ts"

const nothingAttached = { files: [], artifacts: [] }

test("Enter sends the text without surrounding white space, and empties the field", async () => {
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
])("Enter that chooses a word in an input method sends nothing, %s", async (_, key) => {
  const { input, onSend } = await composer()
  type(input, "にほん")
  press(input, key)
  expect(onSend).not.toHaveBeenCalled()
  expect(input.value).toBe("にほん")
})

test("text typed before the page was ready can be sent", async () => {
  const onSend = vi.fn<(text: string) => void>()
  const element = <Composer isWriting={false} onSend={onSend} onStop={() => undefined} />
  const container = await hydrate(element, (container) => {
    byTestId<HTMLTextAreaElement>(container, "composer-input").value = "I was quick"
  })
  act(() => byTestId<HTMLButtonElement>(container, "send").click())
  expect(onSend).toHaveBeenCalledExactlyOnceWith("I was quick", expect.anything())
})

test.each(["", "  \n\t "])("%j cannot be sent", async (text) => {
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

test("while an answer is written there is a stop button, and Enter keeps the typed text", async () => {
  const { container, input, onSend, onStop } = await composer({ isWriting: true })
  type(input, "And then?")
  press(input, { key: "Enter" })
  act(() => byTestId(container, "stop").click())
  expect(onSend).not.toHaveBeenCalled()
  expect(input.value).toBe("And then?")
  expect(onStop).toHaveBeenCalledOnce()
  expect(container.querySelector("[data-testid=send]")).toBeNull()
})

test("a text that is too long is not sent, and a note gives the limit", async () => {
  const { container, input, onSend } = await composer()
  type(input, "x".repeat(maxMessageChars + 1))
  press(input, { key: "Enter" })
  expect(onSend).not.toHaveBeenCalled()
  expect(container.textContent).toContain("32,000 characters")
})

test("a long pasted text is attached, a short one is not, and the attachment can be removed", async () => {
  const { container, input, onSend } = await composer()
  const content = `first line\n${"x".repeat(4_000)}`
  expect(paste(input, "a few words").defaultPrevented).toBe(false)
  expect(paste(input, content).defaultPrevented).toBe(true)
  paste(input, content)
  expect(container.querySelectorAll("[data-testid=attaching]")).toHaveLength(2)
  act(() => find(container, '[aria-label="Remove first line"]').click())
  press(input, { key: "Enter" })
  expect(onSend).toHaveBeenCalledExactlyOnceWith("", { files: [], artifacts: [{ type: "DOCUMENT", content }] })
  expect(container.querySelectorAll("[data-testid=attaching]")).toHaveLength(0)
})

describe("L4 the reason why a message cannot be sent is shown near the cursor", () => {
  test("a file that is too large is explained beside it, at the button and below the field, and does not block once removed", async () => {
    const { container, input, onSend } = await composer()
    type(input, "Look")
    drop(container, sized("large.png", 10_000_001))
    expect(container.textContent).toContain("A file can be at most 10 MB.")
    const sentence = "“large.png” cannot be attached. Remove it to send your message without it."
    expectInTheWay(container, sentence)
    press(input, { key: "Enter" })
    act(() => byTestId(container, "send").click())
    expect(onSend).not.toHaveBeenCalled()
    expect(input.value, "what was written stays").toBe("Look")
    expectInTheWay(container, sentence)
    act(() => find(container, '[aria-label="Remove large.png"]').click())
    expectNothingInTheWay(container)
    press(input, { key: "Enter" })
    expect(onSend).toHaveBeenCalledExactlyOnceWith("Look", nothingAttached)
  })

  test("several refused files are counted", async () => {
    const { container, input } = await composer()
    type(input, "Look")
    drop(container, sized("one.png", 10_000_001), sized("two.png", 10_000_001))
    expectInTheWay(container, "2 files cannot be attached. Remove them to send your message without them.")
  })

  test("a file still uploading is named when the user tries to send, until it is uploaded", async () => {
    const upload = uploads()
    const { container, input, onSend } = await composer()
    type(input, "Look")
    drop(container, new File(["x"], "photo.png"))
    const sentence = "“photo.png” is still being uploaded. Send your message when it is done."
    expect(container.querySelector("[data-testid=in-the-way]"), "nobody has asked yet").toBeNull()
    expect(byTestId(container, "send").dataset["tooltip"]).toBe(sentence)
    expect(byTestId(container, "send").getAttribute("aria-description")).toBe(sentence)
    press(input, { key: "Enter" })
    expectInTheWay(container, sentence)
    expect(onSend).not.toHaveBeenCalled()
    await upload.settle(new Response(JSON.stringify({ url: "/api/files/1", mediaType: "image/png" }), { status: 201 }))
    expectNothingInTheWay(container)
    press(input, { key: "Enter" })
    expect(onSend).toHaveBeenCalledOnce()
  })

  test.each([
    ["refused", { retryable: false }, "“notes.png” cannot be attached. Remove it to send your message without it."],
    [
      "not taken this time",
      { retryable: true },
      "“notes.png” could not be uploaded. Retry, or remove it to send your message without it.",
    ],
  ])("a message with a file that the server has %s is not sent", async (_, { retryable }, sentence) => {
    const upload = uploads()
    const { container, input, onSend } = await composer()
    type(input, "Look")
    drop(container, new File(["x"], "notes.png"))
    const error = { code: "unsupported_file_type", message: "Not this kind.", retryable }
    await upload.settle(new Response(JSON.stringify({ error }), { status: 415 }))
    expect(container.textContent).toContain("Not this kind.")
    expectInTheWay(container, sentence)
    press(input, { key: "Enter" })
    expect(onSend).not.toHaveBeenCalled()
  })

  test("for too many files or texts, the note says how many to remove", async () => {
    uploads()
    const { container, input } = await composer()
    type(input, "Look")
    drop(container, ...Array.from({ length: 33 }, (_, index) => new File(["x"], `${index}.png`)))
    expectInTheWay(container, "A message can have at most 31 files. Remove 2 to send it.")
    const other = await composer()
    for (let count = 0; count < 21; count++) paste(other.input, `text ${count} ${"x".repeat(4_000)}`)
    expectInTheWay(other.container, "A message can have at most 20 attached texts. Remove one to send it.")
  })

  test("a text that is too long is explained", async () => {
    const { container, input } = await composer()
    type(input, "x".repeat(maxMessageChars + 1))
    expectInTheWay(container, "A message can have at most 32,000 characters.")
  })
})

/** Checks that the obstacle is visible, announced, and explained at the button. */
function expectInTheWay(container: HTMLElement, sentence: string): void {
  const line = byTestId(container, "in-the-way")
  const send = byTestId<HTMLButtonElement>(container, "send")
  expect(line.textContent).toBe(sentence)
  expect(line.getAttribute("role")).toBe("alert")
  expect(send.dataset["tooltip"]).toBe(sentence)
  expect(send.getAttribute("aria-describedby")).toBe(line.id)
  expect(send.getAttribute("aria-disabled")).toBe("true")
  expect(send.disabled, "it can be reached by key, to be asked why").toBe(false)
}

function expectNothingInTheWay(container: HTMLElement): void {
  const send = byTestId<HTMLButtonElement>(container, "send")
  expect(container.querySelector("[data-testid=in-the-way]")).toBeNull()
  expect(send.dataset["tooltip"]).toBe("Send · Enter")
  expect(send.getAttribute("aria-disabled")).toBe("false")
}

function sized(name: string, size: number): File {
  const file = new File(["x"], name)
  Object.defineProperty(file, "size", { value: size })
  return file
}

function drop(container: HTMLElement, ...files: File[]): void {
  const event = Object.assign(new Event("drop", { bubbles: true, cancelable: true }), {
    dataTransfer: { types: ["Files"], files },
  })
  act(() => container.dispatchEvent(event))
}

/** Replaces the network: an upload lasts until the test settles it. */
function uploads() {
  const begun: EventTarget[] = []
  class Upload extends EventTarget {
    upload = {}
    responseText = ""
    status = 0
    onload: (() => void) | undefined
    constructor() {
      super()
      begun.push(this)
    }
    open() {}
    setRequestHeader() {}
    getResponseHeader(name: string) {
      return name === "content-type" ? "application/json" : null
    }
    send() {}
    abort() {}
  }
  vi.stubGlobal("XMLHttpRequest", Upload)
  return {
    async settle(response: Response): Promise<void> {
      const responseText = await response.text()
      for (const upload of begun) Object.assign(upload, { status: response.status, responseText })
      await act(async () => {
        for (const upload of begun) if (upload instanceof Upload) upload.onload?.()
        await new Promise((resolve) => setTimeout(resolve))
      })
    },
  }
}

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
