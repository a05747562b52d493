import { createAuthClient } from "better-auth/react"
import { dropAllDrafts } from "../composer/drafts.ts"
import { dropAllChoices } from "../composer/model-choices.ts"

export interface Credentials {
  email: string
  password: string
}

/** What can be wrong, as far as there is something else to do about it. */
export type AccountProblem =
  | "wrong-password"
  | "already-known"
  | "too-often"
  | "unreachable"
  | "wrong-address"
  | "refused"

const client = createAuthClient()

/** @returns undefined where it worked */
export async function signIn(credentials: Credentials): Promise<AccountProblem | undefined> {
  return problemIn(() => client.signIn.email(credentials))
}

/** A guest's chats come along. @returns undefined where it worked */
export async function signUp(credentials: Credentials): Promise<AccountProblem | undefined> {
  const name = credentials.email.split("@")[0] ?? ""
  return problemIn(() => client.signUp.email({ ...credentials, name }))
}

/**
 * Leaves for the first page, where nothing of the account is shown.
 * @returns false where the server was not reached or refused: then one is signed in as before, and nothing was dropped
 */
export async function signOut(): Promise<boolean> {
  if ((await problemIn(() => client.signOut())) !== undefined) return false
  dropAllDrafts()
  dropAllChoices()
  window.location.assign("/")
  return true
}

/** @returns whose session this browser has; a guest has an address, too, which nobody reads */
export async function currentEmail(): Promise<string | undefined> {
  return (await client.getSession()).data?.user.email
}

interface Answer {
  /** ours is an object or null; a page that something else sent in our place is read as a text */
  data: unknown
  /** with the body of the refusal, in the shape of docs/protocol.md, not in better-auth's own */
  error: { status: number; error?: { code?: string } } | null
}

async function problemIn(request: () => Promise<Answer>): Promise<AccountProblem | undefined> {
  try {
    const { data, error } = await request()
    if (!error) return typeof data === "object" ? undefined : "unreachable"
    // Ours have a code; without one, a proxy's sign-in page would be a wrong password.
    if (error.error?.code === undefined) return error.status === 429 ? "too-often" : "unreachable"
    if (error.status === 429) return "too-often"
    if (error.status >= 500) return "unreachable"
    if (error.status === 401) return "wrong-password"
    if (error.error.code === "origin_not_allowed") return "wrong-address"
    return error.error?.code?.startsWith("USER_ALREADY_EXISTS") ? "already-known" : "refused"
  } catch {
    // The request never arrived, which is all there is to say about it.
    return "unreachable"
  }
}
