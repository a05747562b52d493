import { createAuthClient } from "better-auth/react"

export interface Credentials {
  email: string
  password: string
}

/** Reasons for a failure, as far as the user can do something different about each. */
export type AccountProblem =
  | "wrong-password"
  | "already-known"
  | "too-often"
  | "unreachable"
  | "wrong-address"
  | "refused"

const client = createAuthClient()

/** @returns undefined on success */
export async function signIn(credentials: Credentials): Promise<AccountProblem | undefined> {
  return problemIn(() => client.signIn.email(credentials))
}

/** Creates an account, which takes over a guest's chats. @returns undefined on success */
export async function signUp(credentials: Credentials): Promise<AccountProblem | undefined> {
  const name = credentials.email.split("@")[0] ?? ""
  return problemIn(() => client.signUp.email({ ...credentials, name }))
}

/** Ends the session. @returns undefined on success */
export async function endSession(): Promise<AccountProblem | undefined> {
  return problemIn(() => client.signOut())
}

/** @returns the address of the signed-in user; guests have a generated one */
export async function currentEmail(): Promise<string | undefined> {
  return (await client.getSession()).data?.user.email
}

interface Answer {
  /** an object or null from our server; a string if a proxy sent a page in its place */
  data: unknown
  /** the body of a refusal as docs/protocol.md defines it, not better-auth's own */
  error: { status: number; error?: { code?: string } } | null
}

async function problemIn(request: () => Promise<Answer>): Promise<AccountProblem | undefined> {
  try {
    const { data, error } = await request()
    if (!error) return typeof data === "object" ? undefined : "unreachable"
    // A refusal without a code is not ours: a proxy's 401 must not read as a wrong password.
    if (error.error?.code === undefined) return error.status === 429 ? "too-often" : "unreachable"
    if (error.status === 429) return "too-often"
    if (error.status >= 500) return "unreachable"
    if (error.status === 401) return "wrong-password"
    if (error.error.code === "origin_not_allowed") return "wrong-address"
    return error.error?.code?.startsWith("USER_ALREADY_EXISTS") ? "already-known" : "refused"
  } catch {
    // The request never arrived.
    return "unreachable"
  }
}
