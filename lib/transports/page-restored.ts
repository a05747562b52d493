/**
 * Detects a return by the back button. Such a page is not loaded again: it continues where it was left, with dead
 * connections. WebKit reports no error on them: a request stays pending, and a body being read ends as if it were complete.
 */
export interface RestoredWatch {
  /** @returns a signal that aborts at the next return to the page */
  next(): AbortSignal
  close(): void
}

export function watchRestored(): RestoredWatch {
  let coming = new AbortController()
  const onPageShow = (event: Event) => {
    if (!isRestored(event)) return
    const came = coming
    coming = new AbortController()
    came.abort()
  }
  // Outside a browser there is no such event.
  globalThis.addEventListener?.("pageshow", onPageShow)
  return {
    next: () => coming.signal,
    close: () => globalThis.removeEventListener?.("pageshow", onPageShow),
  }
}

export function isRestored(event: Event): boolean {
  return "persisted" in event && event.persisted === true
}
