import { performance } from "node:perf_hooks"

/** One timer for all periodic work: with a timer each, a hundred answers wake the process a hundred times. */
export interface Tick {
  /** Calls back at every tick. @returns leaves; calling it twice is harmless */
  join(onTick: () => void): () => void
}

interface SharedTickOptions {
  /** interval in an idle process */
  everyMs: number
  /** interval when the event loop is full (default 100: text that moves ten times a second still flows) */
  maxMs?: number
  /** how full the event loop was since the last call, from 0 to 1; default: this thread's own */
  load?: () => number
}

/** Creates a tick that runs only while it has members. It never keeps the process alive. */
export function sharedTick({ everyMs, maxMs = 100, load = eventLoopLoad() }: SharedTickOptions): Tick {
  const members = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined

  function start(): void {
    if (timer) return
    const wideningMs = Math.max(0, maxMs - everyMs) * load()
    timer = setTimeout(tick, everyMs + wideningMs).unref()
  }

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
  }

  function tick(): void {
    timer = undefined
    for (const onTick of members) onTick()
    if (members.size > 0) start()
  }

  return {
    join(onTick) {
      members.add(onTick)
      start()
      return () => {
        members.delete(onTick)
        if (members.size === 0) stop()
      }
    },
  }
}

function eventLoopLoad(): () => number {
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    // NaN if no time has passed between the two.
    return utilization || 0
  }
}
