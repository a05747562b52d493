// @vitest-environment jsdom
import { act } from "react"
import { expect, test, vi } from "vitest"
import { Composer } from "#components/composer/composer.tsx"
import { HoverCard } from "#components/controls/hover-card.tsx"
import { ShortcutsButton } from "#components/sidebar/shortcuts-button.tsx"
import { ShortcutsDialog } from "#components/sidebar/shortcuts-dialog.tsx"
import { texts } from "#components/texts.ts"
import { shortcuts } from "#hooks/browser/shortcuts.ts"
import "./dialog-element.ts"
import { byTestId, find, mount } from "./mount.ts"

await import("#components/sidebar/shortcuts-dialog.tsx") // as it is loaded once it is asked for

test("Esc stops the running answer", async () => {
  const { container, onStop } = await composer(true)
  press(document.body, { key: "Escape" })
  expect(onStop).toHaveBeenCalledOnce()
  expect(byTestId(container, "stop").dataset["tooltip"]).toBe("Stop the answer · Esc")
})

test("Esc moves the focus to the message field when no answer is written", async () => {
  const { container, onStop } = await composer(false)
  press(document.body, { key: "Escape" })
  expect(onStop).not.toHaveBeenCalled()
  expect(document.activeElement).toBe(byTestId(container, "composer-input"))
})

test.each([
  ["an input method has it", { key: "Escape", isComposing: true }],
  ["Safari's input method has it", { key: "Escape", keyCode: 229 }],
  ["it has a modifier", { key: "Escape", shiftKey: true }],
  ["it is held down", { key: "Escape", repeat: true }],
])("Esc does not stop the answer when %s", async (_, key) => {
  const { onStop } = await composer(true)
  press(document.body, key)
  expect(onStop).not.toHaveBeenCalled()
})

test("Esc that is already handled, or that closes a list of options, does not stop the answer", async () => {
  const { container, onStop } = await composer(true)
  const field = container.appendChild(document.createElement("input"))
  field.addEventListener("keydown", (event) => event.preventDefault())
  press(field, { key: "Escape" })
  press(container.appendChild(document.createElement("select")), { key: "Escape" })
  expect(onStop).not.toHaveBeenCalled()
})

test("Esc that closes a card leaves the focus where it is, and the next one stops the answer", async () => {
  const { onStop } = await composer(true)
  const container = await mount(
    <HoverCard card="More">
      <a href="#source">Source</a>
    </HoverCard>,
  )
  const link = find(container, "a")
  act(() => link.focus())
  await vi.waitUntil(() => container.querySelector("[data-testid=hover-card]"))
  press(link, { key: "Escape" })
  expect(container.querySelector("[data-testid=hover-card]")).toBeNull()
  expect(onStop).not.toHaveBeenCalled()
  press(link, { key: "Escape" })
  expect(onStop).toHaveBeenCalledOnce()
})

test("Ctrl+/ opens the list of all shortcuts, each with its effect", async () => {
  await mount(<ShortcutsButton />)
  await act(async () => press(document.body, { key: "/", ctrlKey: true }))
  await vi.waitUntil(() => document.querySelector("dialog"))
  const list = document.querySelector("dialog")?.textContent
  for (const does of Object.values(texts.shortcuts)) expect(list).toContain(does)
  expect(Object.keys(texts.shortcuts)).toEqual(Object.keys(shortcuts))
  expect(list).toContain("New chatAlt+N")
})

test("on a Mac the keys are named as on a Mac", async () => {
  vi.spyOn(navigator, "platform", "get").mockReturnValue("MacIntel")
  await mount(<ShortcutsDialog onClose={vi.fn()} />)
  expect(document.querySelector("dialog")?.textContent).toContain("New chat⌥⌘N")
  vi.restoreAllMocks()
})

async function composer(isWriting: boolean) {
  const onStop = vi.fn()
  const container = await mount(<Composer isWriting={isWriting} onSend={vi.fn()} onStop={onStop} />)
  return { container, onStop }
}

function press(target: Element, key: KeyboardEventInit): void {
  act(() => void target.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key })))
}
