/** One fault that happens to one answer: its people, their line and its outcome. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import type { Deployment } from "./deployment.ts"
import type { Line } from "./line.ts"
import { type Browser, type Page, until, untilSettled } from "./page.ts"
import { Person } from "./person.ts"
import type { CountingProvider, Sale, Script } from "./provider.ts"
import { rememberVisitor } from "./visitors.ts"

/** Of one round. Words are counted on the page that fared worst. */
export interface Outcome {
  lost: number
  /** still missing after another reload, once all was over */
  lostForGood: number
  twice: number
  changed: number
  /** words that the provider was paid for once more, or in vain after a stop */
  boughtTwice: number
  silenceMs: number
  /** a page that said neither that it had ended nor that it had failed within `hangMs` */
  isHung: boolean
  /** what a page said of a failure */
  problem: string | undefined
}

/** Longer than any documented wait of a product under test: leases, heartbeats, retries. */
const hangMs = 45_000
const reloadMs = 15_000
const storedAfterMs = 2_000
/** A stopped answer may take this long to be stopped at its provider. */
const stopMs = 3_000

export interface Scene {
  readonly deployment: Deployment
  readonly line: Line
  readonly browser: Browser
  readonly sale: Sale
  /** 0 ≤ … < 1, by the run's seed */
  random(): number
  /** Asks the question, and looks at the answer. */
  ask(): Promise<Page>
  /** Opens the chat's page as somebody else, and looks at it as well. */
  openSecondTab(): Promise<Page>
  /** Closes the page, and looks at the chat's page when it is open again. */
  reload(page: Page): Promise<Page>
  /** @returns once the provider was asked */
  untilAsked(): Promise<void>
  /** @returns once this many words were seen of the answer, or the page has settled without them */
  untilWords(page: Page, words: number): Promise<void>
}

export interface Fault {
  name: string
  title: string
  /** what is different from the usual answer */
  script?: Partial<Script>
  /** false: it cannot happen to this product */
  canHappen?(deployment: Deployment): boolean
  /** it happens to the server and all its answers, so no other fault happens at the time */
  isOfServer?: boolean
  /** nothing may be written: all that is bought is bought in vain */
  isStopped?: boolean
  happen(scene: Scene): Promise<void>
}

const usualScript: Script = { words: 60, paceMs: 50, firstMs: 300, endMs: 100, paddingChars: 0 }

export async function play(
  fault: Fault,
  { deployment, provider, random }: { deployment: Deployment; provider: CountingProvider; random(): number },
): Promise<Outcome> {
  const script = { ...usualScript, ...fault.script }
  const sale = provider.sell(script)
  const line = await deployment.line()
  const user = await deployment.newUser()
  rememberVisitor(line.origin, user.headers)
  const browser = deployment.entrant.browser({ origin: line.origin, chatId: randomUUID(), headers: user.headers })
  const people = new Map<Page, Person>()
  const look = (page: Page, person = new Person()) => {
    people.set(page, person)
    return person.lookAt(page)
  }
  const scene: Scene = {
    deployment,
    line,
    browser,
    sale,
    random,
    ask: async () => look(browser.ask(sale.question)),
    openSecondTab: async () => look(await browser.open()),
    async reload(page) {
      const person = people.get(page)
      people.delete(page)
      page.leave()
      return look(await browser.open(), person)
    },
    async untilAsked() {
      while (sale.calls.length === 0) await wait(20)
    },
    async untilWords(page, words) {
      await until(page, () => (people.get(page)?.words ?? 0) >= words || page.state !== "working", hangMs)
    },
  }

  await fault.happen(scene)
  const settled = await Promise.all([...people.keys()].map((page) => untilSettled(page, hangMs)))
  if (fault.isStopped) await wait(stopMs)
  const positions = fault.isStopped ? 0 : script.words
  const seen = [...people.values()].map((person) => person.seen(positions))
  const problem = [...people.keys()].find(({ state }) => state === "failed")?.problem
  for (const page of people.keys()) page.leave()

  await untilOver(sale)
  // The one who asked reloads the page, and sees whether what was there before still is.
  const [asker = new Person()] = people.values()
  const page = asker.lookAt(await browser.open())
  await untilSettled(page, reloadMs)
  const later = asker.seen(positions)
  page.leave()
  await line.close()
  const worst = (figure: "lost" | "twice" | "changed" | "silenceMs") => Math.max(...seen.map((each) => each[figure]))
  return {
    lost: worst("lost"),
    lostForGood: later.lost,
    twice: Math.max(worst("twice"), later.twice),
    changed: Math.max(worst("changed"), later.changed),
    boughtTwice: fault.isStopped ? sum(sale.calls) : sale.boughtTwice,
    silenceMs: worst("silenceMs"),
    isHung: settled.includes(false),
    problem,
  }
}

/** Waits until nothing is written for this question any more, and a moment longer, so that it is stored. */
async function untilOver(sale: Sale): Promise<void> {
  const lastTryMs = performance.now() + reloadMs
  while (sale.running > 0 && performance.now() < lastTryMs) await wait(100)
  await wait(storedAfterMs)
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
