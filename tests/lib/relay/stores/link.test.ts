import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { storeLink } from "#lib/relay/stores/link.ts"
import { LinkDown, StoreUnavailable } from "#lib/relay/stores/store.ts"

beforeEach(() => void vi.useFakeTimers())

class Answer extends Error {}

/** A link to a store whose behaviour the test sets. */
function linkUnderTest() {
  const told: string[] = []
  const store = { does: "answers" as "answers" | "refuses" | "hangs" | "breaks", asked: 0, pinged: 0 }

  async function respond(): Promise<string> {
    if (store.does === "hangs") await new Promise(() => undefined)
    if (store.does === "refuses") throw new Answer("WRONGTYPE Operation against a key holding the wrong kind of value")
    if (store.does === "breaks") throw new Error("the connection is closed")
    return "an answer"
  }
  const link = storeLink({
    ping() {
      store.pinged += 1
      return respond()
    },
    isAnswer: (error) => error instanceof Answer,
    onProblem: () => told.push("away"),
    onReturn: () => told.push("back"),
  })
  onTestFinished(() => link.close())

  async function call(): Promise<unknown> {
    const outcome = link
      .call(() => {
        store.asked += 1
        return respond()
      })
      .catch((error: unknown) => error)
    if (store.does === "hangs") await vi.advanceTimersByTimeAsync(1_001)
    return outcome
  }

  async function loseThree(): Promise<void> {
    for (let round = 0; round < 3; round++) expect(await call()).toBeInstanceOf(StoreUnavailable)
  }
  return { link, store, told, call, loseThree }
}

test.each(["hangs", "breaks"] as const)(
  "after three failed calls on a link that %s, calls fail at once without being tried",
  async (how) => {
    const { link, store, told, call, loseThree } = linkUnderTest()
    store.does = how
    await loseThree()
    expect(link.isUp).toBe(false)
    expect(told).toEqual(["away"])
    const asked = store.asked
    // At once: the test's clock stands still.
    await expect(link.call(call)).rejects.toThrow(LinkDown)
    expect(store.asked).toBe(asked)
  },
)

test("two failures in a row are tolerated, and an answer resets the count", async () => {
  const { link, store, told, call } = linkUnderTest()
  for (let round = 0; round < 5; round++) {
    store.does = "breaks"
    await call()
    await call()
    store.does = "answers"
    expect(await call()).toBe("an answer")
  }
  expect(link.isUp).toBe(true)
  expect(told).toEqual([])
})

test("a store's error about one key is a failure of the call, not of the link", async () => {
  const { link, store, call } = linkUnderTest()
  store.does = "refuses"
  for (let round = 0; round < 10; round++) {
    const error = await call()
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error).not.toBeInstanceOf(LinkDown)
  }
  expect(link.isUp).toBe(true)
  expect(store.asked).toBe(10)
})

test("a recovered store is noticed within a quarter of a second without any call, and reported once", async () => {
  const { link, store, told, call, loseThree } = linkUnderTest()
  store.does = "breaks"
  await loseThree()
  await vi.advanceTimersByTimeAsync(60_000)
  store.does = "answers"
  await vi.advanceTimersByTimeAsync(250)
  expect(link.isUp).toBe(true)
  expect(await call()).toBe("an answer")
  expect(told).toEqual(["away", "back"])
  const pinged = store.pinged
  await vi.advanceTimersByTimeAsync(60_000)
  expect(store.pinged).toBe(pinged)
})

test("while a store hangs at most one ping is in flight, however many callers ask", async () => {
  const { link, store, loseThree } = linkUnderTest()
  store.does = "hangs"
  await loseThree()
  const pings = Promise.all(Array.from({ length: 50 }, () => link.ping()))
  expect(store.pinged).toBe(1)
  await vi.advanceTimersByTimeAsync(12_000)
  expect(await pings).not.toContain(true)
  // each takes its second, and a fifth of a second passes before the next
  expect(store.pinged).toBeLessThanOrEqual(11)
})

test("a ping reports the current state, down or up", async () => {
  const { link, store, loseThree } = linkUnderTest()
  store.does = "breaks"
  expect(await link.ping()).toBe(false)
  await loseThree()
  expect(await link.ping()).toBe(false)
  store.does = "answers"
  await vi.advanceTimersByTimeAsync(0)
  expect(await link.ping()).toBe(true)
  expect(link.isUp).toBe(true)
})

test("a closed link sends no more pings", async () => {
  const { link, store, loseThree } = linkUnderTest()
  store.does = "breaks"
  await loseThree()
  link.close()
  const pinged = store.pinged
  await vi.advanceTimersByTimeAsync(10_000)
  expect(store.pinged).toBeLessThanOrEqual(pinged + 1)
})
