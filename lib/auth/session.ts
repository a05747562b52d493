/** Who is asking. */
import { getSessionCookie } from "better-auth/cookies"
import type { Auth, SessionUser } from "#lib/auth/auth.ts"
import { ChatError } from "#lib/errors.ts"

/** Whose request it is, and what renews the session with the response. */
export interface Asker extends SessionUser {
  setCookies: string[]
  sessionToken: string
}

/**
 * @throws ChatError "unauthenticated" without a session cookie, "session_invalid" with one that is expired, forged or
 * another server's (its headers clear it), "db_unavailable"
 */
export async function requireUser(auth: Auth, headers: Headers): Promise<Asker> {
  if (!getSessionCookie(headers)) throw new ChatError("unauthenticated")
  const { user, token, setCookies } = await auth.readSession(headers)
  if (!user || token === undefined) throw new ChatError("session_invalid", { headers: clearedCookies })
  return { ...user, setCookies, sessionToken: token }
}

/** Whether somebody may see and stop what runs for all users. */
export function isAdmin(user: Pick<SessionUser, "email" | "isAnonymous">, adminEmails: string[]): boolean {
  return !user.isAnonymous && adminEmails.includes(user.email.toLowerCase())
}

/**
 * For pages, which are shown to anybody.
 * @throws ChatError "db_unavailable"
 */
export async function findUser(auth: Auth, headers: Headers): Promise<SessionUser | undefined> {
  if (!getSessionCookie(headers)) return undefined
  return (await auth.readSession(headers)).user
}

const clearedCookies = ["better-auth.session_token", "better-auth.session_data"].map((name): [string, string] => [
  "set-cookie",
  `${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`,
])
