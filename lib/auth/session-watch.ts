/** Watches the sessions of readers, which stay attached for minutes. */
import type { Auth } from "#lib/auth/auth.ts"

export interface SessionWatch {
  /**
   * Watches a session.
   * @param onEnded called once, at most 20 s after the session was ended or has expired
   * @returns stops watching
   */
  watch(token: string, onEnded: () => void): () => void
  /** Checks all watched sessions in one statement. A timer calls it; tests call it themselves. */
  poll(): Promise<void>
  close(): void
}

const pollEveryMs = 20_000
/** How long the signed copy of an ended session may still let a request in. */
const signedCopyMs = 60_000

export function sessionWatch(auth: Pick<Auth, "listLiveSessions">, onProblem: (error: unknown) => void): SessionWatch {
  const watched = new Map<string, Set<() => void>>()
  const endedAtMs = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  async function poll(): Promise<void> {
    const tokens = [...watched.keys()]
    if (tokens.length === 0) return
    try {
      const live = new Set(await auth.listLiveSessions(tokens))
      for (const token of tokens) if (!live.has(token)) end(token)
    } catch (error) {
      // Readers stay attached while the database is unavailable.
      onProblem(error)
    }
    for (const [token, atMs] of endedAtMs) if (performance.now() - atMs > signedCopyMs) endedAtMs.delete(token)
  }

  function end(token: string): void {
    endedAtMs.set(token, performance.now())
    const listeners = watched.get(token) ?? []
    watched.delete(token)
    for (const onEnded of listeners) onEnded()
  }

  function close(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    watch(token, onEnded) {
      if (endedAtMs.has(token)) {
        onEnded()
        return () => undefined
      }
      const listener = () => onEnded()
      watched.set(token, (watched.get(token) ?? new Set()).add(listener))
      timer ??= setInterval(() => void poll(), pollEveryMs).unref()
      return () => {
        const listeners = watched.get(token)
        listeners?.delete(listener)
        if (listeners?.size === 0) watched.delete(token)
        if (watched.size === 0) close()
      }
    },
    poll,
    close,
  }
}
