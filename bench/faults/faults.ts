/** The faults, in the order of the table. */
import { setTimeout as wait } from "node:timers/promises"
import type { Fault } from "./scene.ts"

/** Between the 10th and the 40th of 60 words. */
const middle = (random: () => number) => 10 + Math.floor(random() * 30)

/** What an answer looks like when nothing happens: its silence is subtracted from that of all others. */
export const undisturbed: Fault = {
  name: "undisturbed",
  title: "nothing happens",
  async happen({ ask }) {
    await ask()
  },
}

export const allFaults: Fault[] = [
  {
    name: "reload",
    title: "the page is reloaded in the middle",
    async happen({ ask, untilWords, reload, random }) {
      const page = await ask()
      await untilWords(page, middle(random))
      await reload(page)
    },
  },
  {
    name: "second-tab",
    title: "a second tab is opened in the middle",
    async happen({ ask, untilWords, openSecondTab, random }) {
      const page = await ask()
      await untilWords(page, middle(random))
      await openSecondTab()
    },
  },
  {
    name: "stop",
    title: "stopped before the first word",
    script: { firstMs: 3_000 },
    isStopped: true,
    async happen({ ask, browser, random, untilAsked }) {
      const page = await ask()
      await untilAsked()
      await wait(200 + random() * 600)
      await browser.stop(page)
    },
  },
  {
    name: "cut",
    title: "the connection is cut at a random byte",
    async happen({ ask, line, random }) {
      line.cutNextAfter(700 + Math.floor(random() * 3_000))
      await ask()
    },
  },
  {
    name: "end",
    title: "the connection is cut between the last word and the end",
    script: { endMs: 1_500 },
    async happen({ ask, line, untilWords }) {
      const page = await ask()
      await untilWords(page, 60)
      line.cut()
    },
  },
  {
    name: "slow",
    title: "a reader takes 100 kB/s of an answer of 0.6 MB",
    script: { paddingChars: 10_000 },
    async happen({ ask, line }) {
      line.slowDown(100_000)
      await ask()
    },
  },
  {
    name: "refreshes",
    title: "the page is reloaded 50 times",
    async happen({ ask, untilWords, reload }) {
      let page = await ask()
      await untilWords(page, 5)
      for (let times = 0; times < 50; times++) {
        page = await reload(page)
        await wait(20)
      }
    },
  },
  {
    name: "store",
    title: "the store dies, and is back after a second",
    isOfServer: true,
    canHappen: ({ entrant }) => entrant.store !== undefined,
    async happen({ ask, untilWords, openSecondTab, deployment, random }) {
      const page = await ask()
      await untilWords(page, 8)
      const second = await openSecondTab()
      await untilWords(second, middle(random))
      await deployment.restartStore()
    },
  },
  {
    name: "server",
    title: "the server is killed",
    isOfServer: true,
    async happen({ ask, untilWords, deployment, random }) {
      const page = await ask()
      await untilWords(page, middle(random))
      await deployment.killServer()
    },
  },
  {
    name: "release",
    title: "a new release replaces the server",
    isOfServer: true,
    async happen({ ask, untilWords, deployment, random }) {
      const page = await ask()
      await untilWords(page, middle(random))
      await deployment.release()
    },
  },
]
