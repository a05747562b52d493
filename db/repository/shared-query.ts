/**
 * Shares a query among callers with the same key, so that at most one runs and one waits. None gets a result that was
 * read before it asked: callers that come while one runs share the next.
 */
export function sharedQuery<Result>(): (key: string, query: () => Promise<Result>) => Promise<Result> {
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<Result>>()

  function start(key: string, query: () => Promise<Result>): Promise<Result> {
    const started = query()
    const end = () => {
      if (running.get(key) === over) running.delete(key)
    }
    const over: Promise<void> = started.then(end, end)
    running.set(key, over)
    return started
  }

  return (key, query) => {
    const before = running.get(key)
    if (!before) return start(key, query)
    const known = waiting.get(key)
    if (known) return known
    const next = before.then(() => {
      waiting.delete(key)
      return start(key, query)
    })
    waiting.set(key, next)
    return next
  }
}
