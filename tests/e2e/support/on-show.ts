/** Locators that several tests share. */
import type { Page } from "@playwright/test"
import type { OpenAiServer } from "#tests/support/providers/openai-server.ts"
import { answerIn, ask, expect } from "./world.ts"

/** A bit of everything that an answer can contain. */
export const markdown = `## What it says

Words with **weight**, a [link](https://example.com/) and \`code\`.

- one thing
- another

| Name | Size |
|---|---|
| Redis | small |

\`\`\`ts
const size: number = 1
\`\`\`

> And a quotation.`

/**
 * Shares a chat. Afterwards the page shows it to its owner.
 * @returns the address of the shared chat
 */
export async function sharedLink(page: Page, model: OpenAiServer): Promise<string> {
  model.answerWith(markdown)
  model.release()
  await page.goto("/agent/assistant")
  await ask(page, "What will others see?")
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  const chatId = page.url().split("/").at(-1)
  const response = await page.request.post(`/api/chat/${chatId}/share`, {
    headers: { origin: new URL(page.url()).origin },
  })
  const { share } = (await response.json()) as { share: { id: string } }
  return `/share/${share.id}`
}

/** Shows the list of chats, which on a phone is behind a button. */
export async function openDrawer(page: Page): Promise<void> {
  const opener = page.getByTestId("open-sidebar")
  const isOpen = await page.getByTestId("chat-search").isVisible()
  if (!isOpen) await opener.click()
  await expect(page.getByTestId("chat-search")).toBeVisible()
}
