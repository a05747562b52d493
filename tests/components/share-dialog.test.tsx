// @vitest-environment jsdom
import { act } from "react"
import { beforeEach, expect, test, vi } from "vitest"
import { ShareDialog } from "#components/sidebar/share-dialog.tsx"
import { texts } from "#components/texts.ts"
import "./dialog-element.ts"
import { find, mount } from "./mount.ts"

const share = { id: "x".repeat(32), sharedAt: "2026-11-21T08:00:00.000Z", isCurrent: true }
let requests: string[]
let answers: (() => Response)[]

beforeEach(() => {
  requests = []
  answers = []
  vi.stubGlobal("fetch", async (address: string, { method }: RequestInit) => {
    requests.push(`${method} ${address}`)
    const answer = answers.shift()
    if (!answer) throw new TypeError("no network")
    return answer()
  })
})

test("the dialog says what others will see before there is a link, and opening it creates none", async () => {
  answers = [() => Response.json({ share: null })]
  const dialog = await open()
  for (const term of texts.shareTerms) expect(dialog.textContent).toContain(term)
  expect(requests).toEqual(["GET /api/chat/c1/share"])
  expect(dialog.querySelector("[data-testid=share-link]")).toBeNull()
  answers = [() => Response.json({ share })]
  await press(dialog, "create-link")
  expect(find<HTMLInputElement>(dialog, "[data-testid=share-link]").value).toMatch(/\/share\/x{32}$/)
  expect(document.activeElement).toBe(find(dialog, "[data-testid=share-link]"))
  expect(dialog.querySelector("[data-testid=update-link]")).toBeNull()
  answers = [() => Response.json({ share: null })]
  await press(dialog, "unshare")
  expect(requests.at(-1)).toBe("DELETE /api/chat/c1/share")
  expect(document.activeElement).toBe(find(dialog, "[data-testid=create-link]"))
})

test("a chat that has changed since can be shown in its current state under the same link", async () => {
  answers = [() => Response.json({ share: { ...share, isCurrent: false } }), () => Response.json({ share })]
  const dialog = await open()
  expect(dialog.textContent).toContain(texts.shareIsOlder)
  await press(dialog, "update-link")
  expect(requests.at(-1)).toBe("POST /api/chat/c1/share")
  expect(dialog.textContent).not.toContain(texts.shareIsOlder)
})

test("a refusal gives its reason and keeps the button; an unreachable server can be retried", async () => {
  const dialog = await open()
  expect(find(dialog, "[role=alert]").textContent).toBe(texts.notDone)
  answers = [() => Response.json({ share: null })]
  await act(async () =>
    [...dialog.querySelectorAll("button")].find((button) => button.textContent === texts.retry)?.click(),
  )
  expect(dialog.querySelector("[role=alert]")).toBeNull()
  const message = "An answer is still being written in this chat."
  answers = [() => Response.json({ error: { code: "generation_running", message } }, { status: 409 })]
  await press(dialog, "create-link")
  expect(find(dialog, "[role=alert]").textContent).toBe(message)
  expect(find<HTMLButtonElement>(dialog, "[data-testid=create-link]").disabled).toBe(false)
})

test("a click outside closes it, one inside does not", async () => {
  answers = [() => Response.json({ share: null })]
  const onClose = vi.fn()
  const dialog = await open(onClose)
  await act(async () => find(dialog, "ul").click())
  expect(onClose).not.toHaveBeenCalled()
  await act(async () => dialog.click())
  expect(onClose).toHaveBeenCalledOnce()
})

async function open(onClose = vi.fn()): Promise<HTMLDialogElement> {
  await mount(<ShareDialog chatId="c1" title="A chat" onClose={onClose} />)
  return find<HTMLDialogElement>(document.body, "dialog")
}

async function press(dialog: HTMLElement, testId: string): Promise<void> {
  const button = find(dialog, `[data-testid=${testId}]`)
  button.focus()
  await act(async () => button.click())
}
