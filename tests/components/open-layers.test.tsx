// @vitest-environment jsdom
import { act, useState } from "react"
import { expect, test, vi } from "vitest"
import { Composer } from "#components/composer/composer.tsx"
import { HoverCard } from "#components/controls/hover-card.tsx"
import { MessageEditor } from "#components/messages/message-editor.tsx"
import { Panel } from "#components/panel/panel.tsx"
import { ChatSearchField } from "#components/sidebar/chat-search.tsx"
import { useLayer } from "#hooks/browser/use-layer.ts"
import "./dialog-element.ts"
import { byTestId, find, mount } from "./mount.ts"

window.matchMedia ??= () => Object.assign(new EventTarget(), { matches: true }) as unknown as MediaQueryList // all of it that is asked

test("L3 Esc closes what was opened last, one layer at a time, and stops the answer only when nothing is open", async () => {
  const closed: string[] = []
  const note = (name: string) => () => void closed.push(name)
  const onStop = await whileWriting()
  const search = await mount(<Opened first={note("search")} second={note("editor")} />)
  const card = await mount(
    <HoverCard card="More">
      <a href="#source">Source</a>
    </HoverCard>,
  )
  act(() => find(card, "a").focus())
  await vi.waitUntil(() => card.querySelector("[data-testid=hover-card]"))
  press(document.body)
  expect(card.querySelector("[data-testid=hover-card]")).toBeNull()
  expect(closed).toEqual([])
  for (const expected of [["editor"], ["editor", "search"]]) {
    press(find(search, "[data-testid=within]"))
    expect(closed).toEqual(expected)
    expect(onStop).not.toHaveBeenCalled()
  }
  press(document.body)
  expect(onStop).toHaveBeenCalledOnce()
})

test.each([
  ["a search", <ChatSearchField key="one" text="tea" onChange={() => undefined} />],
  ["an editor", <MessageEditor key="one" text="tea" onSend={() => undefined} onCancel={() => undefined} />],
  [
    "the panel",
    <Panel
      key="one"
      item={{ id: "1", title: "ts", kind: "code", content: { text: "1" }, filename: "a.ts", language: "ts" }}
      onClose={() => undefined}
    />,
  ],
])("L3 with %s open Esc does not stop the answer, wherever the focus is", async (_, element) => {
  const onStop = await whileWriting()
  await mount(element)
  press(byTestId(document.body, "composer-input"))
  press(document.body)
  expect(onStop).not.toHaveBeenCalled()
})

test("L3 holding Esc closes one layer, and an input method's Esc none", async () => {
  const onStop = await whileWriting()
  const onClose = vi.fn()
  await mount(<Layer onClose={onClose} />)
  press(document.body, { isComposing: true })
  press(document.body, { keyCode: 229 })
  press(document.body, { repeat: true })
  expect(onClose).not.toHaveBeenCalled()
  press(document.body)
  expect(onClose).toHaveBeenCalledOnce()
  expect(onStop).not.toHaveBeenCalled()
})

test("L3 layers that the browser closes itself are left to it, and that Esc does nothing else", async () => {
  const onStop = await whileWriting()
  const onClose = vi.fn()
  await mount(<Layer onClose={onClose} />)
  await mount(<Layer />)
  const event = press(document.body)
  expect(event.defaultPrevented).toBe(false)
  expect(onClose).not.toHaveBeenCalled()
  expect(onStop).not.toHaveBeenCalled()
})

function Layer({ onClose }: { onClose?: () => void }) {
  useLayer({ onClose })
  return null
}

/** Two layers, one opened before the other. */
function Opened({ first, second }: { first(): void; second(): void }) {
  return (
    <div>
      <Closing onClose={first} />
      <Closing onClose={second} />
      <input data-testid="within" />
    </div>
  )
}

function Closing({ onClose }: { onClose(): void }) {
  const [isOpen, setOpen] = useState(true)
  useLayer({
    isOpen,
    onClose() {
      setOpen(false)
      onClose()
    },
  })
  return null
}

async function whileWriting() {
  const onStop = vi.fn()
  await mount(<Composer isWriting onSend={vi.fn()} onStop={onStop} />)
  return onStop
}

function press(target: Element, key: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true, ...key })
  act(() => void target.dispatchEvent(event))
  return event
}
