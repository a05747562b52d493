import { addresses } from "./chat-api.ts"
import { problemOf } from "./chat-problem.ts"
import { fetchWithRetry } from "./fetch-with-retry.ts"
import { classifyResponse } from "./own-answer.ts"

const answerMs = 10_000
/** So long something else may answer in the server's place before that is told. */
const awayMs = 10 * 60_000
let signingIn: Promise<void> | undefined

/**
 * Gives this browser a guest's session, once however many ask at the same time, and only where it has none by now:
 * another tab, or the page before this one, may have signed somebody in.
 * @param onFailed a try has failed, and there will be another: told to the first who asks
 */
export function signInAsGuest(onFailed: () => void = () => undefined): Promise<void> {
  signingIn ??= signIn(onFailed).finally(() => {
    signingIn = undefined
  })
  return signingIn
}

async function signIn(onFailed: () => void): Promise<void> {
  // Nobody's leaving ends it: somebody else may be waiting for it.
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

/** A try whose answer got lost may have worked: so each one looks first. */
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
