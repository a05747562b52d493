/** What the table of faults counts is what people see: checked on pages that show what they should not. */
import { expect, onTestFinished, test } from "vitest"
import type { Page } from "../../bench/faults/page.ts"
import { Person } from "../../bench/faults/person.ts"
import { startCountingProvider } from "../../bench/faults/provider.ts"
import type { FaultResults, RecordedOutcome } from "../../bench/faults/results.ts"
import { faultsTable } from "../../bench/faults/tables.ts"

/** A page on which a test shows what it likes. */
function shownPage(): Page & { show(text: string): void } {
  let listener: () => void = () => undefined
  return {
    text: "",
    state: "working",
    onChange(changed) {
      listener = changed
    },
    leave: () => undefined,
    show(text) {
      Object.assign(this, { text })
      listener()
    },
  }
}

test("words that are missing at the end are lost, and those of another call have changed", () => {
  const [person, page] = [new Person(), shownPage()]
  person.lookAt(page)
  page.show("w1a w2a w3a")
  page.show("w1a w2b")
  expect(person.seen(4)).toMatchObject({ lost: 2, twice: 0, changed: 1 })
})

test("words that were shown twice count, although a later page shows them once", () => {
  const [person, page, next] = [new Person(), shownPage(), shownPage()]
  person.lookAt(page)
  page.show("w1a w2a w1a w2a")
  person.lookAt(next)
  next.show("w1a w2a")
  expect(person.seen(2)).toMatchObject({ lost: 0, twice: 2, changed: 0 })
})

test("the provider sells every call other words, and goes on where a partial answer ends", async () => {
  const provider = await startCountingProvider()
  onTestFinished(() => provider.close())
  const sale = provider.sell({ words: 3, paceMs: 1, firstMs: 1, endMs: 1, paddingChars: 0 })
  const ask = async (...messages: { role: string; content: string }[]) => {
    const body = JSON.stringify({ stream: true, messages: [{ role: "user", content: sale.question }, ...messages] })
    const response = await fetch(`${provider.url}/chat/completions`, { method: "POST", body })
    return [...(await response.text()).matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word).join("")
  }
  expect(await ask()).toBe("w1a w2a w3a")
  expect(sale.boughtTwice).toBe(0)
  expect(await ask({ role: "assistant", content: "w1a w2a" })).toBe(" w3b")
  expect(await ask()).toBe("w1c w2c w3c")
  expect([sale.boughtTwice, sale.calls]).toEqual([4, [3, 1, 3]])
})

test("a cell says what is worst and in how many rounds, and no silence where words are lost", () => {
  const whole: RecordedOutcome = {
    fault: "cut",
    peer: "ours",
    round: 1,
    lost: 0,
    lostForGood: 0,
    twice: 0,
    changed: 0,
    boughtTwice: 0,
    silenceMs: 200,
    isHung: false,
  }
  const cellOf = (...rounds: Partial<RecordedOutcome>[]) => {
    const results: FaultResults = {
      measuredOn: "",
      commit: "",
      command: "",
      machine: "",
      rounds: rounds.length,
      peers: [{ name: "ours", title: "ours", description: "", versions: {}, setup: { commands: [], services: [] } }],
      faults: [{ name: "cut", title: "cut" }],
      outcomes: rounds.map((round) => ({ ...whole, ...round })),
    }
    return faultsTable(results).split("\n")[2]
  }
  expect(cellOf({}, {})).toBe("| cut | whole |")
  expect(cellOf({ silenceMs: 4_200 })).toBe("| cut | whole, 4.2 s |")
  expect(cellOf({ problem: "terminated" })).toBe("| cut | whole, but says it failed |")
  expect(cellOf({}, { lost: 7, silenceMs: 9_000 })).toBe("| cut | **7 lost until reload** (1 of 2) |")
  expect(cellOf({ lost: 7, lostForGood: 7, isHung: true })).toBe("| cut | **hangs**, **7 lost** |")
  expect(cellOf({ changed: 2, boughtTwice: 3 })).toBe("| cut | **2 changed**, **3 bought in vain** |")
})
