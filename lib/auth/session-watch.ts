/** Readers stay attached for minutes: their sessions are looked after meanwhile. */
import type { Auth } from "#lib/auth/auth.ts"

export interface SessionWatch {
  /**
   * @param onEnded called once when the session was ended or has expired, within 20 s
   * @returns ends the watching
   */
  watch(token: string, onEnded: () => void): () => void
  /** Asks for all that are watched, in one statement. Called by the own timer; tests call it themselves. */
  look(): Promise<void>
  close(): void
}

const lookEveryMs = 20_000
/** For so long the signed copy of an ended session may still let a request in. */
const copyLivesMs = 60_000

export function sessionWatch(auth: Pick<Auth, "listLiveSessions">, onProblem: (error: unknown) => void): SessionWatch {
  const watched = new Map<string, Set<() => void>>()
  const endedAtMs = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    const tokens = [...watched.keys()]
    if (tokens.length === 0) return
    try {
      const live = new Set(await auth.listLiveSessions(tokens))
      for (const token of tokens) if (!live.has(token)) end(token)
    } catch (error) {
      // Nobody is sent away because the database cannot be asked.
      onProblem(error)
    }
    for (const [token, atMs] of endedAtMs) if (performance.now() - atMs > copyLivesMs) endedAtMs.delete(token)
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
      timer ??= setInterval(() => void look(), lookEveryMs).unref()
      return () => {
        const listeners = watched.get(token)
        listeners?.delete(listener)
        if (listeners?.size === 0) watched.delete(token)
        if (watched.size === 0) close()
      }
    },
    look,
    close,
  }
}
