import { addresses } from "./chat-api.ts"
import { problemOf } from "./chat-problem.ts"
import { fetchWithRetry } from "./fetch-with-retry.ts"
import { classifyResponse } from "./own-answer.ts"

const answerMs = 10_000
/** How long a proxy may answer in the server's place before signing in fails. */
const awayMs = 10 * 60_000
let signingIn: Promise<void> | undefined

/**
 * Signs this browser in as a guest, unless it has a session by now: another tab or the previous page may have signed in.
 * Concurrent calls share one request.
 * @param onFailed called when an attempt has failed and another will follow; only the first caller's is used
 */
export function signInAsGuest(onFailed: () => void = () => undefined): Promise<void> {
  signingIn ??= signIn(onFailed).finally(() => {
    signingIn = undefined
  })
  return signingIn
}

async function signIn(onFailed: () => void): Promise<void> {
  // Not cancelled when one caller leaves: others may be waiting for it.
  const { signal } = new AbortController()
  const response = await fetchWithRetry(signInOnce, {
    signal,
    limitMs: answerMs,
    awayMs,
    isSilenceRetryable: true,
    onFailed,
  })
  if (!response.ok) throw await problemOf(response)
}

/** Looks for a session first: an earlier attempt may have worked although its response got lost. */
async function signInOnce(signal: AbortSignal): Promise<Response> {
  const { isOwn, response: known } = await classifyResponse(
    await fetch(addresses.session, { cache: "no-store", signal }),
  )
  if (!isOwn || !known.ok || (await known.clone().json()) !== null) return known
  return fetch(addresses.guestSignIn, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    signal,
  })
}
