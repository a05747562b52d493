import { problemOf } from "./chat-problem.ts"

let signingIn: Promise<void> | undefined

/**
 * Gives this browser a guest's session, once however many ask at the same time, and only where it has none by now:
 * another tab, or the page before this one, may have signed somebody in.
 */
export function signInAsGuest(): Promise<void> {
  signingIn ??= signIn().finally(() => {
    signingIn = undefined
  })
  return signingIn
}

async function signIn(): Promise<void> {
  const known = await fetch("/api/auth/get-session", { cache: "no-store" })
  if (!known.ok) throw await problemOf(known)
  if ((await known.json()) !== null) return
  const response = await fetch("/api/auth/sign-in/anonymous", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  })
  if (!response.ok) throw await problemOf(response)
}
