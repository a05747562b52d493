import { useEffect, useEffectEvent, useState } from "react"
import { firstToAbort } from "#lib/transports/first-to-abort.ts"
import { useIsVisible } from "./use-is-visible.ts"

/** A read that takes longer is aborted. */
export const readMs = 10_000
const shortestPauseMs = 2_000
const longestPauseMs = 60_000

interface RefetchOptions<Value> {
  /** false: aborts a running read, and repeats it once this is true again (default true) */
  isEnabled?: boolean
  /** @returns undefined, or rejects, if the server cannot answer now */
  read(signal: AbortSignal): Promise<Value | undefined>
  onRead(value: Value): void
}

/**
 * Reads something again whenever it may have changed. A failed read is repeated after 2, 4, 8 … 60 s, and a hidden tab
 * waits until it is visible.
 * @returns requests a read; the value it brings is at least as new as this call
 */
export function useRefetch<Value>({ isEnabled = true, read, onRead }: RefetchOptions<Value>): () => void {
  const [changes, setChanges] = useState(0)
  const [readChanges, setReadChanges] = useState(0)
  const isVisible = useIsVisible()
  const isReadDue = readChanges < changes && isVisible && isEnabled
  const begin = useEffectEvent(read)
  const take = useEffectEvent(onRead)

  useEffect(() => {
    if (!isReadDue) return
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
      setReadChanges(changes)
      take(value)
    }
    void readNow()
    return () => {
      clearTimeout(timer)
      over.abort()
    }
  }, [isReadDue, changes])

  return () => setChanges((before) => before + 1)
}
