// @vitest-environment jsdom
import { act, StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { beforeEach, expect, onTestFinished, test } from "vitest"
import { Composer } from "#components/composer/composer.tsx"
import { draftKey, keepDraft, readDraft } from "#hooks/composer/drafts.ts"
import { byTestId } from "./mount.ts"

const newChat = { chatId: undefined, agent: "assistant", owner: undefined }
const chat = { ...newChat, chatId: "c1" }

beforeEach(() => localStorage.clear())

test("a draft is restored after a reload, and removed once it is sent", async () => {
  const first = await page(chat)
  type(first.input, "Half a thou")
  await first.leave()
  const second = await page(chat)
  expect(second.input.value).toBe("Half a thou")
  expect((await page({ ...chat, chatId: "c2" })).input.value).toBe("")
  press(second.input, "Enter")
  expect(second.sent).toEqual(["Half a thou"])
  await second.leave()
  expect((await page(chat)).input.value).toBe("")
  expect(localStorage).toHaveLength(0)
})

test("a new chat's draft goes with its first message; text typed afterwards moves to the chat's own draft", async () => {
  const { input, show } = await page(newChat)
  type(input, "First")
  press(input, "Enter")
  await show(chat)
  expect(readDraft(newChat)).toBeUndefined()
  type(input, "And then")
  expect([readDraft(newChat), readDraft(chat)?.text]).toEqual([undefined, "And then"])
})

test("text typed before choosing a starting prompt moves to the chat as well", async () => {
  const { input, show } = await page(newChat)
  type(input, "My own")
  await show(chat)
  expect(input.value).toBe("My own")
  expect([readDraft(newChat), readDraft(chat)?.text]).toEqual([undefined, "My own"])
})

test("tabs on one chat share a draft until one of them changes it", async () => {
  const { input } = await page(chat)
  inAnotherTab(chat, "", "From there")
  expect(input.value).toBe("From there")
  inAnotherTab(chat, "From there", "")
  expect(input.value).toBe("")
  type(input, "My own")
  inAnotherTab(chat, "Something older", "Something else")
  expect(input.value).toBe("My own")
})

test("new chats in two tabs are separate: changes in one do not affect the other", async () => {
  const { input } = await page(newChat)
  type(input, "Mine")
  inAnotherTab(newChat, "Mine", "")
  expect(input.value).toBe("Mine")
})

test("a note says that attachments were not kept, until something is attached", async () => {
  const first = await page(chat)
  type(first.input, "Look at this")
  paste(first.input, "x".repeat(5_000))
  await first.leave()
  const second = await page(chat)
  expect(second.container.textContent).toContain("attach them again.")
  paste(second.input, "y".repeat(5_000))
  expect(second.container.textContent).not.toContain("attach them again.")
  press(second.input, "Enter")
  expect((await page(chat)).container.textContent).not.toContain("attach them again.")
})

async function page(place: typeof newChat | typeof chat) {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const container = document.body.appendChild(document.createElement("div"))
  const root = createRoot(container)
  const sent: string[] = []
  const show = (draft: typeof newChat | typeof chat) =>
    act(async () =>
      root.render(
        <StrictMode>
          <Composer draft={draft} isWriting={false} onSend={(text) => void sent.push(text)} onStop={() => undefined} />
        </StrictMode>,
      ),
    )
  const leave = () => act(async () => root.unmount())
  onTestFinished(async () => {
    await leave()
    container.remove()
  })
  await show(place)
  return { container, input: byTestId<HTMLTextAreaElement>(container, "composer-input"), sent, show, leave }
}

function inAnotherTab(place: typeof newChat | typeof chat, before: string, after: string): void {
  const key = draftKey(place)
  const storedFor = (text: string) => {
    keepDraft(place, { text, hadAttachments: false })
    return localStorage.getItem(key)
  }
  const [oldValue, newValue] = [storedFor(before), storedFor(after)]
  act(
    () =>
      void window.dispatchEvent(new StorageEvent("storage", { key, oldValue, newValue, storageArea: localStorage })),
  )
}

function type(input: HTMLTextAreaElement, text: string): void {
  // React watches the element's own property; the prototype's setter is what a keyboard uses.
  const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set
  act(() => {
    setter?.call(input, text)
    input.dispatchEvent(new Event("input", { bubbles: true }))
  })
}

function paste(input: HTMLTextAreaElement, text: string): void {
  const clipboardData = { files: [], getData: () => text }
  act(
    () =>
      void input.dispatchEvent(
        Object.assign(new Event("paste", { bubbles: true, cancelable: true }), { clipboardData }),
      ),
  )
}

function press(input: HTMLElement, key: string): void {
  act(() => void input.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, key })))
}
