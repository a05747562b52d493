import { performance } from "node:perf_hooks"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { sharedTick } from "#lib/models/shared-tick.ts"

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
})

const idle = { everyMs: 33, load: () => 0 }

test("a hundred subscribers share one timer, and the last to leave clears it", () => {
  const tick = sharedTick(idle)
  const onTick = vi.fn()
  const leaves = Array.from({ length: 100 }, () => tick.join(() => onTick()))
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(33)
  expect(onTick).toHaveBeenCalledTimes(100)
  expect(vi.getTimerCount()).toBe(1)
  for (const leave of leaves) leave()
  expect(vi.getTimerCount()).toBe(0)
})

test("leaving during a tick, or twice, clears no other subscriber's timer", () => {
  const tick = sharedTick(idle)
  const other = vi.fn()
  const leave = tick.join(() => leave())
  tick.join(other)
  vi.advanceTimersByTime(66)
  leave()
  vi.advanceTimersByTime(33)
  expect(other).toHaveBeenCalledTimes(3)
})

test("leaving during a tick and returning at once starts no second timer", () => {
  const tick = sharedTick(idle)
  let leave = tick.join(onTick)
  function onTick() {
    leave()
    leave = tick.join(() => undefined)
  }
  vi.advanceTimersByTime(33)
  expect(vi.getTimerCount()).toBe(1)
})

describe("the busier the event loop, the longer the ticks", () => {
  test.for([
    [33, 0, 33],
    [33, 0.5, 66],
    [33, 1, 100],
    [100, 1, 100],
    [250, 1, 250],
  ] as const)("every %i ms, load %f → %i ms", ([everyMs, load, afterMs]) => {
    const onTick = vi.fn()
    sharedTick({ everyMs, load: () => load }).join(onTick)
    vi.advanceTimersByTime(afterMs - 1)
    expect(onTick).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onTick).toHaveBeenCalledOnce()
  })

  test("the load is measured again for each tick", () => {
    let load = 1
    const onTick = vi.fn()
    sharedTick({ everyMs: 33, load: () => load }).join(onTick)
    load = 0
    vi.advanceTimersByTime(100)
    expect(onTick).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(33)
    expect(onTick).toHaveBeenCalledTimes(2)
  })

  test("the load is measured on this thread since the last tick, unless another measure is given", () => {
    const total = { idle: 0, active: 0, utilization: 0 }
    vi.spyOn(performance, "eventLoopUtilization").mockImplementation((now, before) => {
      if (!now || !before) return { ...total }
      const [idle, active] = [now.idle - before.idle, now.active - before.active]
      return { idle, active, utilization: active / (idle + active) }
    })
    const tick = sharedTick({ everyMs: 33 })
    const onTick = vi.fn()
    total.active += 10
    tick.join(onTick)
    vi.advanceTimersByTime(99)
    expect(onTick).not.toHaveBeenCalled()
    total.idle += 10
    vi.advanceTimersByTime(1)
    expect(onTick).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(33)
    expect(onTick).toHaveBeenCalledTimes(2)
  })

  test("ticks are no longer if no time has passed to measure", () => {
    vi.spyOn(performance, "eventLoopUtilization").mockReturnValue({ idle: 0, active: 0, utilization: Number.NaN })
    const onTick = vi.fn()
    sharedTick({ everyMs: 33 }).join(onTick)
    vi.advanceTimersByTime(32)
    expect(onTick).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onTick).toHaveBeenCalledOnce()
  })
})
