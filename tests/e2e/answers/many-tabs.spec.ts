/** Tabs that are hidden while one is visible, in a browser that has six connections for all of them. */
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { type RealTab, realTabs } from "../support/real-tabs.ts"
import { expectGrowth, noteShownWords } from "../support/shown-words.ts"
import { expect, knownText, test } from "../support/world.ts"

test("F33 ten tabs on one running answer: each loads and follows, and only the visible one holds a stream", async ({
  launchWhole,
  app,
  model,
}) => {
  test.slow()
  const callsBefore = model.calls
  model.answerWith(knownText)
  model.hold()
  const proxy = await startFaultProxy({ port: Number(new URL(app.url).port) })
  const open = await realTabs(await launchWhole())
  const tabs = [await open(`${proxy.through(app.url)}/agent/assistant`)]
  const [first] = tabs as [RealTab]
  await first.evaluate(noteShownWords)
  await ask(first, "Count for ten")
  model.release(5)
  await expect.poll(() => answer(first)).toContain("word5")
  const address = await first.evaluate<string>("location.href")

  while (tabs.length < 10) {
    const tab = await open(address)
    tabs.push(tab)
    await expect.poll(() => answer(tab)).toContain("word5")
    await tab.evaluate(noteShownWords)
  }
  expect(await first.evaluate("document.visibilityState")).toBe("hidden")
  // The stream of the visible tab, and one feed for all. A released connection stays open for the server's five
  // seconds of keep-alive.
  await expect.poll(() => proxy.openConnections).toBe(2)
  model.release(5)
  const seen = tabs.at(-1) as RealTab
  await expect.poll(() => answer(seen)).toContain("word10")
  await expect.poll(() => proxy.openConnections).toBe(2)
  expect(await answer(first)).not.toContain("word10")

  await first.show()
  await expect.poll(() => answer(first)).toContain("word10")
  expect(await first.evaluate("document.body.textContent.includes('Reconnected')")).toBe(false)
  await tabs[1]?.freeze()
  model.release()
  for (const tab of tabs) {
    await tab.show()
    await expect.poll(() => status(tab)).toBe("complete")
    expect(await answer(tab)).toContain(knownText)
    expect(await signOf(tab)).toBe("idle")
    expectGrowth(await tab.evaluate("window.shownWords"))
  }
  expect(model.calls - callsBefore).toBe(1)
  await Promise.all(tabs.map((tab) => tab.close()))
  await proxy.close()
})

async function ask(tab: RealTab, question: string): Promise<void> {
  await tab.evaluate("document.querySelector('[data-testid=composer-input]').focus()")
  await tab.type(question)
  const send = "document.querySelector('[data-testid=send]:not([disabled])')"
  await expect.poll(() => tab.evaluate(`${send} !== null`)).toBe(true)
  await tab.evaluate(`${send}.click()`)
}

const attribute = (tab: RealTab, testId: string, name: string) =>
  tab.evaluate<string | null>(`[...document.querySelectorAll('[data-testid=${testId}]')].at(-1)?.${name} ?? null`)
const answer = (tab: RealTab) => attribute(tab, "message-assistant", "textContent")
const status = (tab: RealTab) => attribute(tab, "message-assistant", "dataset.status")
const signOf = (tab: RealTab) => attribute(tab, "connection", "dataset.state")
