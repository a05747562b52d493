// @vitest-environment jsdom
import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { type PresenceChange, watchTab } from "#lib/transports/tab-presence.ts"

let visibility: DocumentVisibilityState
const changes: PresenceChange[] = []
const never = new AbortController().signal

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility)
  visibility = "visible"
  changes.length = 0
})

function watched() {
  const presence = watchTab((change) => changes.push(change))
  onTestFinished(() => presence.close())
  return presence
}

function turn(next: DocumentVisibilityState): void {
  visibility = next
  document.dispatchEvent(new Event("visibilitychange"))
}

test("F33 a glance at another tab does not hide it; a longer look does, until the tab is shown again", async () => {
  const presence = watched()
  turn("hidden")
  vi.advanceTimersByTime(2_900)
  turn("visible")
  vi.advanceTimersByTime(60_000)
  expect([presence.isAway, changes]).toEqual([false, []])

  turn("hidden")
  vi.advanceTimersByTime(3_000)
  expect([presence.isAway, changes]).toEqual([true, ["away"]])
  const back = presence.back(never)
  turn("visible")
  await back
  expect(presence.isAway).toBe(false)
})

test("F33 a tab opened in the background counts as hidden", () => {
  visibility = "hidden"
  const presence = watched()
  vi.advanceTimersByTime(3_000)
  expect(presence.isAway).toBe(true)
})

test("F54 a frozen or left page is hidden at once, and visible again when it is shown", async () => {
  for (const [leave, comeBack] of [
    [() => document.dispatchEvent(new Event("freeze")), () => document.dispatchEvent(new Event("resume"))],
    [() => window.dispatchEvent(new Event("pagehide")), () => window.dispatchEvent(new Event("pageshow"))],
  ] as const) {
    const presence = watched()
    leave()
    expect(presence.isAway).toBe(true)
    const back = presence.back(never)
    comeBack()
    await back
  }
})

test("L12 a page restored by the back button is announced, and a loaded one is not", () => {
  const presence = watched()
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }))
  expect(changes).toEqual([])
  window.dispatchEvent(new Event("pagehide"))
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }))
  expect([presence.isAway, changes]).toEqual([false, ["away", "restored"]])
})

test("F54 a page that is thawed while hidden stays hidden", () => {
  const presence = watched()
  turn("hidden")
  document.dispatchEvent(new Event("freeze"))
  document.dispatchEvent(new Event("resume"))
  vi.advanceTimersByTime(60_000)
  expect([presence.isAway, changes]).toEqual([true, ["away"]])
})

test("F54 the network's return is announced", () => {
  watched()
  window.dispatchEvent(new Event("online"))
  expect(changes).toEqual(["online"])
})

test("waiting for a tab's return can be aborted, and closing the watch leaves nothing behind", async () => {
  const presence = watched()
  document.dispatchEvent(new Event("freeze"))
  const leaving = new AbortController()
  const back = presence.back(leaving.signal)
  leaving.abort(new Error("left"))
  await expect(back).rejects.toThrow("left")

  turn("hidden")
  presence.close()
  expect(vi.getTimerCount()).toBe(0)
  turn("hidden")
  expect(vi.getTimerCount()).toBe(0)
})
