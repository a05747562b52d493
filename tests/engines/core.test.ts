import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type OpenAiServer, startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { type AppProcess, startApp } from "#tests/support/servers/app-process.ts"
import { type FaultProxy, startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import {
  ask,
  awake,
  click,
  clickNamed,
  expectWhole,
  openAwake,
  seeWord,
  statusOf,
  textsOf,
  wordsIn,
  wordsOf,
} from "./chat-page.ts"
import { type Engine, openPage, type Page } from "./engine.ts"
import { startFirefox } from "./firefox.ts"
import { startWebKit } from "./webkit.ts"

/** A text whose every word is different, so that a lost or doubled one shows. */
const known = Array.from({ length: 40 }, (_, index) => `word${index + 1}`).join(" ")

let model: OpenAiServer
let app: AppProcess
let proxy: FaultProxy
let url: string

beforeAll(async () => {
  model = await startOpenAiServer()
  app = await startApp({ environment: { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model" } })
  proxy = await startFaultProxy({ port: Number(new URL(app.url).port) })
  url = proxy.through(app.url)
})
afterAll(async () => {
  await proxy?.close()
  await app?.stop()
  await model?.close()
})
beforeEach(() => {
  model.answerWith(known)
  model.hold()
})

const engines: [name: string, start: () => Promise<Engine>][] = [
  ["Firefox", startFirefox],
  ["WebKit", startWebKit],
]
describe.each(engines)("L13 in %s", (name, start) => {
  let engine: Engine | undefined
  let page: Page

  beforeAll(async () => {
    engine = await start().catch((problem: unknown) => {
      console.warn(`SKIPPED: the tests in ${name} need it: ${problem}`)
      return undefined
    })
    if (engine) page = await openPage(engine)
  })
  afterAll(() => engine?.close())

  const inEngine = (title: string, run: (browser: Engine) => Promise<void>) =>
    test(title, async ({ skip }) => {
      if (!engine) return skip(`${name} cannot be had here`)
      const callsBefore = model.calls
      await run(engine)
      expect(model.calls - callsBefore, "the model is asked once").toBe(1)
    })

  async function begun(words = 5): Promise<void> {
    await openAwake(page, `${url}/agent/assistant`)
    await ask(page, "Say your words")
    await seeWord(page, model, words)
  }

  inEngine("a reload in the middle has every word, and goes on", async () => {
    await begun()
    await page.reload()
    await awake(page)
    await expect.poll(() => textsOf(page, "message-assistant").then(String)).toContain("word5")
    await seeWord(page, model, 10)
    model.release()
    await expectWhole(page, known)
  })

  inEngine("a second window that joins halfway has every word", async (browser) => {
    await begun()
    const second = await openPage(browser)
    await openAwake(second, await page.run(() => location.href))
    await expect.poll(() => textsOf(second, "message-assistant").then(String)).toContain("word5")
    model.release()
    await expectWhole(second, known)
    await expectWhole(page, known)
    await second.close()
  })

  inEngine("L12 who leaves in the middle and comes back by the back button has every word", async () => {
    await begun()
    await page.run(() => void Object.assign(window, { isSamePage: true }))
    await page.open(`${url}/sign-in`)
    model.release(10)
    await page.back()
    await expect.poll(() => textsOf(page, "message-assistant").then(String)).toContain("word15")
    const isKept = await page.run(() => "isSamePage" in window)
    console.info(`${name}: the page was ${isKept ? "kept in memory" : "loaded again"}`)
    model.release()
    await expectWhole(page, known)
  })

  inEngine("L12 who leaves while a connection is asked for anew, and comes back, has every word", async () => {
    await begun()
    proxy.set({ isRefusing: true })
    proxy.reset()
    await expect.poll(() => connectionOf(page)).toBe("reconnecting")
    await page.open("about:blank")
    proxy.set({ isRefusing: false })
    model.release(10)
    await page.back()
    await expect.poll(() => textsOf(page, "message-assistant").then(String)).toContain("word15")
    model.release()
    await expectWhole(page, known)
  })

  inEngine("a network that is lost and comes back costs no word", async () => {
    await begun()
    proxy.set({ isRefusing: true })
    proxy.reset()
    await expect.poll(() => connectionOf(page)).toBe("reconnecting")
    model.release(10)
    proxy.set({ isRefusing: false })
    await expect.poll(() => textsOf(page, "message-assistant").then(String)).toContain("word15")
    model.release()
    await expectWhole(page, known)
  })

  inEngine("L12 a stream that ends in good order before its last event is no finished answer", async () => {
    await begun()
    proxy.set({ finAfterBytes: 1 })
    model.release(5)
    await expect.poll(() => connectionOf(page)).toBe("reconnecting")
    expect(await statusOf(page)).not.toBe("complete")
    proxy.set({ finAfterBytes: 0 })
    await expect.poll(() => textsOf(page, "message-assistant").then(String)).toContain("word10")
    model.release()
    await expectWhole(page, known)
  })

  inEngine("L12 a connection that is reset in the middle is no finished answer", async () => {
    await begun()
    proxy.reset()
    await seeWord(page, model, 10)
    expect(await statusOf(page)).not.toBe("complete")
    model.release()
    await expectWhole(page, known)
  })

  inEngine("a stop ends the answer with the words so far, and it stays so", async () => {
    await begun()
    await click(page, "[data-testid=stop]")
    await expect.poll(() => statusOf(page)).toBe("stopped")
    model.release()
    await page.reload()
    await awake(page)
    expect(await wordsOf(page)).toEqual(wordsIn(known).slice(0, 5))
  })

  inEngine("a chat is shared, and read by its link", async (browser) => {
    await begun()
    model.release()
    await expectWhole(page, known)
    await click(page, "[data-testid=chat-menu]")
    expect(await page.run(placeOfMenu)).toEqual({ isBesideButton: true, isInWindow: true })
    await clickNamed(page, "Share")
    await click(page, "[data-testid=create-link]")
    const linkIn = () => document.querySelector<HTMLInputElement>("[data-testid=share-link]")?.value
    await expect.poll(() => page.run(linkIn)).toMatch(/\/share\//)
    const reader = await openPage(browser)
    await reader.open((await page.run(linkIn)) ?? "")
    await expect.poll(() => textsOf(reader, "message-assistant").then(String)).toContain("word40")
    await reader.close()
  })

  inEngine("the demo's two views show the same, though one loses its network", async () => {
    const callsBefore = model.calls
    await openAwake(page, `${url}/demo`)
    await inFrame(page, "essay")
    await model.called(callsBefore + 1)
    model.release(5)
    await expect.poll(() => framesOf(page).then(String)).toContain("word5")
    await click(page, "[data-testid=open-here-too]")
    await expect
      .poll(() => framesOf(page))
      .toEqual([expect.stringContaining("word5"), expect.stringContaining("word5")])
    await clickNamed(page, "Drop its network")
    await expect.poll(() => textsOf(page, "happening").then(String)).toContain("One view has no network.")
    model.release(25)
    await expect.poll(() => framesOf(page).then((views) => views[1])).toContain("word30")
    expect((await framesOf(page))[0]).not.toContain("word6")
    await clickNamed(page, "Bring it back")
    model.release()
    await expect
      .poll(() => framesOf(page).then((views) => views.map(wordsIn)))
      .toEqual([wordsIn(known), wordsIn(known)])
  })
})

/** Runs in the page: CSS alone places the open menu. */
function placeOfMenu() {
  const button = document.querySelector("[data-testid=chat-menu]")?.getBoundingClientRect()
  const menu = document.querySelector(".menu:popover-open")?.getBoundingClientRect()
  if (!button || !menu) return undefined
  const gapPx = Math.max(menu.top - button.bottom, button.top - menu.bottom)
  const areEdgesAligned = Math.min(Math.abs(menu.right - button.right), Math.abs(menu.left - button.left)) < 2
  return {
    isBesideButton: gapPx >= 0 && gapPx < 10 && areEdgesAligned,
    isInWindow: menu.left >= 0 && menu.top >= 0 && menu.right <= innerWidth && menu.bottom <= innerHeight,
  }
}

function connectionOf(page: Page): Promise<string | undefined> {
  return page.run(() => document.querySelector<HTMLElement>("[data-testid=connection]")?.dataset["state"])
}

function framesOf(page: Page): Promise<string[]> {
  return page.run(() =>
    [...document.querySelectorAll("iframe")].map((frame) =>
      [...(frame.contentDocument?.querySelectorAll("[data-testid=message-assistant] p") ?? [])]
        .map((each) => each.textContent)
        .join(),
    ),
  )
}

/** Presses the first view's button whose name contains this, once its page is awake. */
async function inFrame(page: Page, name: string): Promise<void> {
  const press = (wanted: string) => {
    const inner = document.querySelector("iframe")?.contentDocument
    if (inner?.readyState !== "complete" || !Object.keys(inner).some((key) => key.startsWith("__reactContainer$")))
      return false
    const button = [...inner.querySelectorAll("button")].find((each) => each.textContent?.includes(wanted))
    button?.click()
    return button !== undefined
  }
  await expect.poll(() => page.run(press, name)).toBe(true)
}
