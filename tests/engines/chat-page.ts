/** The chat as a person uses it, in any browser engine: everything is done and read through the page. */
import { expect } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import type { OpenAiServer } from "#tests/support/providers/openai-server.ts"
import type { Page } from "./engine.ts"

/** Opens a page and waits until React handles its events. */
export async function openAwake(page: Page, url: string): Promise<void> {
  await page.open(url)
  await awake(page)
}

export async function awake(page: Page): Promise<void> {
  const isAwake = () => Object.keys(document).some((key) => key.startsWith("__reactContainer$"))
  await expect.poll(() => page.run(isAwake).catch(() => false)).toBe(true)
}

/** Sends from the composer. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.run((text) => {
    const field = document.querySelector<HTMLTextAreaElement>("[data-testid=composer-input]")
    // React notices a new value only if its own setter is bypassed.
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field, text)
    field?.dispatchEvent(new Event("input", { bubbles: true }))
  }, question)
  await click(page, "[data-testid=send]")
  await expect.poll(() => textsOf(page, "message-user").then((texts) => texts.at(-1))).toContain(question)
}

/** Presses a button as soon as it is there and can be pressed. */
export async function click(page: Page, selector: string): Promise<void> {
  const press = (wanted: string) => {
    const button = document.querySelector<HTMLButtonElement>(wanted)
    if (!button || button.disabled) return false
    button.click()
    return true
  }
  await expect.poll(() => page.run(press, selector)).toBe(true)
}

export async function clickNamed(page: Page, name: string): Promise<void> {
  const press = (wanted: string) => {
    const buttons = [...document.querySelectorAll("button")]
    const button = buttons.find((each) => (each.ariaLabel ?? each.textContent ?? "").trim().startsWith(wanted))
    button?.click()
    return button !== undefined
  }
  await expect.poll(() => page.run(press, name)).toBe(true)
}

export function textsOf(page: Page, testId: string): Promise<string[]> {
  const read = (id: string) =>
    [...document.querySelectorAll(`[data-testid=${id}]`)].map((each) => each.textContent ?? "")
  return page.run(read, testId)
}

export function statusOf(page: Page): Promise<string | undefined> {
  return page.run(
    () => [...document.querySelectorAll<HTMLElement>("[data-testid=message-assistant]")].at(-1)?.dataset["status"],
  )
}

/** Releases the model's words up to this one, and waits until it is shown. */
export async function seeWord(page: Page, model: OpenAiServer, count: number): Promise<void> {
  const shown = async () => (await textsOf(page, "message-assistant")).at(-1) ?? ""
  const before = (await wordsOf(page)).length
  model.release(count - before)
  await expect.poll(shown).toContain(`word${count}`)
}

/** Returns the words of all answers, without the text around them. */
export async function wordsOf(page: Page): Promise<string[]> {
  const read = () => [...document.querySelectorAll("[data-testid=message-assistant] p")].map((each) => each.textContent)
  return (await page.run(read)).flatMap((text) => wordsIn(text ?? ""))
}

export function wordsIn(text: string): string[] {
  return text.match(/word\d+/g) ?? []
}

/** Waits for the end, and checks that every word is there once, on the page and in the database. */
export async function expectWhole(page: Page, known: string): Promise<void> {
  await expect.poll(() => statusOf(page)).toBe("complete")
  await expect.poll(() => wordsOf(page)).toEqual(wordsIn(known))
  expect(await textsOf(page, "message-user")).toHaveLength(1)
  expect(await textsOf(page, "problem")).toEqual([])
  const messages = await storedIn(page)
  expect(messages.map(({ role, metadata }) => [role, metadata?.status])).toEqual([
    ["user", "COMPLETE"],
    ["assistant", "COMPLETE"],
  ])
  const parts = messages.at(-1)?.parts ?? []
  expect(wordsIn(parts.map((part) => (part.type === "text" ? part.text : "")).join(""))).toEqual(wordsIn(known))
}

async function storedIn(page: Page): Promise<ChatMessage[]> {
  const read = async () => {
    const response = await fetch(`/api/chat/${location.pathname.split("/").at(-1)}/messages`)
    return response.json()
  }
  return ((await page.run(read)) as { messages: ChatMessage[] }).messages // as docs/protocol.md has it
}
