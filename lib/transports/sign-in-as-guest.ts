import { problemOf } from "./chat-problem.ts"

let signingIn: Promise<void> | undefined

/** Gives this browser a guest's session, once however many ask at the same time. */
export function signInAsGuest(): Promise<void> {
  signingIn ??= signIn().finally(() => {
    signingIn = undefined
  })
  return signingIn
}

async function signIn(): Promise<void> {
  const response = await fetch("/api/auth/sign-in/anonymous", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  })
  if (!response.ok) throw await problemOf(response)
}
