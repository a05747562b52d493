import { getCookieCache } from "better-auth/cookies"

/** Sessions by the cookies of their requests, so that a signed copy is verified once in its life, not by each request. */
export interface SignedCopies<Session> {
  /** Returns the session that these cookies had, for as long as their signed copy may be accepted. */
  find(cookies: string): Session | undefined
  /** Keeps what was read of these cookies, if it was read of a signed copy. */
  keep(cookies: string, session: Session): Promise<void>
}

/** About 1.5 kB each. When there are more, all are verified anew. */
const mostCopies = 5_000

export function signedCopies<Session extends { user: unknown; setCookies: string[] }>({
  secret,
  seconds,
}: {
  secret: string
  /** for which a copy may be accepted */
  seconds: number
}): SignedCopies<Session> {
  const copies = new Map<string, { session: Session; untilMs: number }>()
  return {
    find(cookies) {
      const copy = copies.get(cookies)
      if (copy && copy.untilMs > Date.now()) return copy.session
      copies.delete(cookies)
      return undefined
    },
    async keep(cookies, session) {
      // Renewed cookies mean that the database was asked: the next request asks it again, or brings the renewed ones.
      if (!session.user || session.setCookies.length > 0) return
      const copy = await getCookieCache(new Headers({ cookie: cookies }), { secret, isSecure: false })
      if (!copy) return
      if (copies.size >= mostCopies) copies.clear()
      const untilMs = Math.min(copy.updatedAt + seconds * 1000, Date.parse(String(copy.session.expiresAt)))
      copies.set(cookies, { session, untilMs })
    },
  }
}
