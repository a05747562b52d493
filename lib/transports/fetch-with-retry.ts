import { StreamSilent } from "./chat-problem.ts"
import { firstToAbort } from "./first-to-abort.ts"
import {
  type ClassifiedResponse,
  classifyResponse,
  type ExpectedBody,
  problemOfProxy,
  retryAfterMs,
} from "./own-answer.ts"
import { watchRestored } from "./page-restored.ts"
import { withDeadline } from "./with-deadline.ts"

export interface RetryOptions {
  /** the longest that one attempt may wait for a response */
  limitMs: number
  signal: AbortSignal
  /** what kind of body our server would answer with (default "json") */
  expected?: ExpectedBody
  /** what is being sent, to name it in the message if a proxy refuses it */
  sent?: "file" | "message"
  /** gives up once something else has answered in the server's place for this long (default: never) */
  awayMs?: number
  /** which refusals of our server are worth another attempt (default: it is starting or shutting down) */
  isRetryable?: (status: number, code: string | undefined) => boolean
  /** whether to try again after an attempt that got no response: only if repeating does no harm (default false) */
  isSilenceRetryable?: boolean
  /** called when an attempt has failed and another will follow */
  onFailed: () => void
}

const shortestPauseMs = 500
const longestPauseMs = 4_000
/** The longest pause that a `retry-after` header can ask for. */
const longestAskedPauseMs = 30_000

/**
 * Repeats a request until our server answers: after 0.5, 1, 2, 4, 4 … s, and at once when the network returns. A proxy's
 * error page counts as a lost connection, and so does an attempt that was open when the page went into the back/forward cache.
 * @returns our server's response, which may be a refusal; what `request` got by another way than HTTP is returned as it is
 * @throws StreamSilent if an attempt gets no response in time: the request may have arrived nevertheless
 * @throws ChatProblem if something in front of our server refuses the request, or has answered for `awayMs`
 */
export async function fetchWithRetry<Other = never>(
  request: (signal: AbortSignal) => Promise<Response | Other>,
  options: RetryOptions,
): Promise<Response | Other> {
  const { limitMs, signal, expected, awayMs = Number.POSITIVE_INFINITY, isSilenceRetryable = false, onFailed } = options
  const { isRetryable = isStartingOrStopping } = options
  const page = watchRestored()
  let awaySince: number | undefined
  try {
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const attempt = new AbortController()
      const restored = page.next()
      let askedPauseMs = 0
      try {
        const answering = request(firstToAbort(signal, attempt.signal)).then((result) => classify(result, expected))
        const answer = await withDeadline(answering, limitMs, firstToAbort(signal, restored))
        if ("other" in answer) return answer.other
        const { response } = answer
        const mayRetry = isRetryable(response.status, answer.isOwn ? answer.code : undefined)
        if (answer.isOwn && !mayRetry) return response
        await response.body?.cancel()
        awaySince = answer.isOwn ? undefined : (awaySince ?? Date.now())
        const isGivenUp = awaySince !== undefined && Date.now() - awaySince >= awayMs
        const isRefused = !answer.isOwn && answer.means === "refused" && !mayRetry
        if (isRefused || isGivenUp) throw problemOfProxy(response.status, options.sent)
        askedPauseMs = Math.min(retryAfterMs(response) ?? 0, longestAskedPauseMs)
      } catch (error) {
        attempt.abort()
        const isSilent = error instanceof StreamSilent
        const isWorthRetrying = error instanceof TypeError || restored.aborted || (isSilenceRetryable && isSilent)
        if (signal.aborted || !isWorthRetrying) throw error
      }
      onFailed()
      await pauseOrOnline(Math.max(pauseMs, askedPauseMs), signal)
    }
  } finally {
    page.close()
  }
}

async function classify<Other>(
  result: Response | Other,
  expected: ExpectedBody | undefined,
): Promise<ClassifiedResponse | { other: Other }> {
  return result instanceof Response ? classifyResponse(result, expected) : { other: result }
}

/** Such a server has not accepted the request, and another one will soon answer in its place. */
function isStartingOrStopping(_status: number, code: string | undefined): boolean {
  return code === "shutting_down" || code === "starting"
}

/** Waits until the pause is over or the network returns. @throws the signal's reason if it aborts first */
export function pauseOrOnline(pauseMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const proceed = () => {
      settle()
      resolve()
    }
    const giveUp = () => {
      settle()
      reject(signal.reason)
    }
    if (signal.aborted) return reject(signal.reason)
    const timer = setTimeout(proceed, pauseMs)
    globalThis.addEventListener?.("online", proceed)
    signal.addEventListener("abort", giveUp)
    function settle(): void {
      clearTimeout(timer)
      globalThis.removeEventListener?.("online", proceed)
      signal.removeEventListener("abort", giveUp)
    }
  })
}
