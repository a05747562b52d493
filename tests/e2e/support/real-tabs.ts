/**
 * Tabs as a person has them: one is seen, the others are hidden. Playwright's own pages always believe they are seen,
 * so these are driven by the browser's protocol alone.
 */
import { once } from "node:events"
import type { Browser, CDPSession } from "@playwright/test"

export interface RealTab {
  /** Brings the tab to the front and hides the one that was there. */
  show(): Promise<void>
  /** Freezes the tab, as browsers do with tabs hidden for long; showing it thaws it. */
  freeze(): Promise<void>
  /** @param expression gives JSON */
  evaluate<Result>(expression: string): Promise<Result>
  /** Types at the end of the focused element's text. */
  type(text: string): Promise<void>
  close(): Promise<void>
}

/** @returns a function that opens tabs in a window of their own, and resolves once their page is there */
export async function realTabs(browser: Browser): Promise<(url: string) => Promise<RealTab>> {
  const cdp = await browser.newBrowserCDPSession()
  return (url) => openTab(cdp, url)
}

async function openTab(cdp: CDPSession, url: string): Promise<RealTab> {
  const { targetId } = await cdp.send("Target.createTarget", { url: "about:blank" })
  const { sessionId } = await cdp.send("Target.attachToTarget", { targetId, flatten: false })
  const answers = new EventTarget()
  let asked = 0
  cdp.on("Target.receivedMessageFromTarget", ({ sessionId: from, message }) => {
    const answer = JSON.parse(message)
    if (from === sessionId)
      answers.dispatchEvent(new CustomEvent(String(answer.id ?? answer.method), { detail: answer }))
  })

  async function send<Result>(method: string, params: object): Promise<Result> {
    asked += 1
    const answered = once(answers, String(asked))
    await cdp.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id: asked, method, params }) })
    const [{ detail }] = (await answered) as [CustomEvent<{ result: Result; error?: { message: string } }>]
    if (detail.error) throw new Error(`${method}: ${detail.error.message}`)
    return detail.result
  }

  await send("Page.enable", {})
  const loaded = once(answers, "Page.domContentEventFired")
  await send("Page.navigate", { url })
  await loaded
  return {
    async show() {
      await cdp.send("Target.activateTarget", { targetId })
    },
    freeze: () => send("Page.setWebLifecycleState", { state: "frozen" }),
    async evaluate<Result>(expression: string) {
      const { result } = await send<{ result: { value: Result } }>("Runtime.evaluate", {
        expression,
        returnByValue: true,
        awaitPromise: true,
      })
      return result.value
    },
    type: (text) => send("Input.insertText", { text }),
    async close() {
      await cdp.send("Target.closeTarget", { targetId })
    },
  }
}
