import { performance } from "node:perf_hooks"

/** One timer for everyone with work at intervals. With a timer each, a hundred answers wake the process a hundred times. */
export interface Tick {
  /**
   * Calls back at every tick from now on.
   * @returns leaves; to leave twice does no harm
   */
  join(onTick: () => void): () => void
}

interface SharedTickOptions {
  /** between two ticks of an idle process */
  everyMs: number
  /** between two ticks where the event loop is full; default 100: text that moves ten times a second still flows */
  widestMs?: number
  /** how full the event loop was since it was last asked, from 0 to 1; default: this thread's own */
  load?: () => number
}

/** Ticks while somebody takes part, and holds no timer else; it never keeps the process alive. */
export function sharedTick({ everyMs, widestMs = 100, load = eventLoopLoad() }: SharedTickOptions): Tick {
  const joined = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined

  function start(): void {
    if (timer) return
    const wideningMs = Math.max(0, widestMs - everyMs) * load()
    timer = setTimeout(tick, everyMs + wideningMs).unref()
  }

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
  }

  function tick(): void {
    timer = undefined
    for (const onTick of joined) onTick()
    if (joined.size > 0) start()
  }

  return {
    join(onTick) {
      joined.add(onTick)
      start()
      return () => {
        joined.delete(onTick)
        if (joined.size === 0) stop()
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
    // Not a number where no time has passed between the two.
    return utilization || 0
  }
}
