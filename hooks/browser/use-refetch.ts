import { useEffect, useEffectEvent, useState } from "react"
import { firstToAbort } from "#lib/transports/first-to-abort.ts"
import { useIsVisible } from "./use-is-visible.ts"

/** A read that takes longer is given up. */
export const readMs = 10_000
const shortestPauseMs = 2_000
const longestPauseMs = 60_000

interface RefetchOptions<Value> {
  /** false: a read that runs is given up, and made when it is true again (default true) */
  isEnabled?: boolean
  /** undefined, or a rejection: the server cannot say now */
  read(signal: AbortSignal): Promise<Value | undefined>
  onRead(value: Value): void
}

/**
 * Reads something anew whenever it may have changed without this page's knowing: by the state at that moment or a later
 * one, and where that fails again after 2, 4, 8 … 60 s. A tab that nobody looks at does so when somebody does.
 * @returns to be called when it may have changed
 */
export function useRefetch<Value>({ isEnabled = true, read, onRead }: RefetchOptions<Value>): () => void {
  const [changes, setChanges] = useState(0)
  const [changesRead, setChangesRead] = useState(0)
  const isVisible = useIsVisible()
  const isToRead = changesRead < changes && isVisible && isEnabled
  const begin = useEffectEvent(read)
  const take = useEffectEvent(onRead)

  useEffect(() => {
    if (!isToRead) return
    const over = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    async function readNow(pauseMs = shortestPauseMs): Promise<void> {
      const reading = begin(firstToAbort(over.signal, AbortSignal.timeout(readMs)))
      const value = await reading.catch(() => undefined)
      if (over.signal.aborted) return
      if (value === undefined) {
        timer = setTimeout(() => void readNow(Math.min(pauseMs * 2, longestPauseMs)), pauseMs)
        return
      }
      setChangesRead(changes)
      take(value)
    }
    void readNow()
    return () => {
      clearTimeout(timer)
      over.abort()
    }
  }, [isToRead, changes])

  return () => setChanges((before) => before + 1)
}
