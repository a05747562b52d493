/** Identifies the user of a request. */
import { getSessionCookie } from "better-auth/cookies"
import type { Auth, SessionUser } from "#lib/auth/auth.ts"
import { ChatError } from "#lib/errors.ts"

/** The user of a request, with the cookies that renew the session. */
export interface Asker extends SessionUser {
  setCookies: string[]
  sessionToken: string
}

/**
 * Returns the signed-in user.
 * @throws ChatError "unauthenticated" without a session cookie, "session_invalid" with one that is expired, forged or
 * from another server (its headers clear the cookie), "db_unavailable"
 */
export async function requireUser(auth: Auth, headers: Headers): Promise<Asker> {
  if (!getSessionCookie(headers)) throw new ChatError("unauthenticated")
  const { user, token, setCookies } = await auth.readSession(headers)
  if (!user || token === undefined) throw new ChatError("session_invalid", { headers: clearedCookies })
  return { ...user, setCookies, sessionToken: token }
}

/** Tells whether a user may see and stop what runs for all users. */
export function isAdmin(user: Pick<SessionUser, "email" | "isAnonymous">, adminEmails: string[]): boolean {
  return !user.isAnonymous && adminEmails.includes(user.email.toLowerCase())
}

/** Returns the signed-in user, if any, for pages that need none. @throws ChatError "db_unavailable" */
export async function findUser(auth: Auth, headers: Headers): Promise<SessionUser | undefined> {
  if (!getSessionCookie(headers)) return undefined
  return (await auth.readSession(headers)).user
}

const clearedCookies = ["better-auth.session_token", "better-auth.session_data"].map((name): [string, string] => [
  "set-cookie",
  `${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`,
])
