/**
 * A page that comes back by the back button is not loaded again: it goes on where it was left, and all that it had open
 * is dead. WebKit tells it nothing of that: a request stays unanswered, and a body that was being read ends as if whole.
 */
export interface RestoredWatch {
  /** Aborts when the page comes back the next time. */
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
  // Elsewhere than in a browser there are no pages.
  globalThis.addEventListener?.("pageshow", onPageShow)
  return {
    next: () => coming.signal,
    close: () => globalThis.removeEventListener?.("pageshow", onPageShow),
  }
}

export function isRestored(event: Event): boolean {
  return "persisted" in event && event.persisted === true
}
