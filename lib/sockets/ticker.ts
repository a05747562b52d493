export type OnTick = (listener: () => void) => () => void

/** Calls any number of listeners by one timer. @returns adds a listener, and then returns what removes it */
export function ticker(everyMs: number): OnTick {
  const listeners = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  return (listener) => {
    const added = () => listener()
    listeners.add(added)
    timer ??= setInterval(() => {
      for (const each of [...listeners]) each()
    }, everyMs).unref()
    return () => {
      listeners.delete(added)
      if (listeners.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }
}
