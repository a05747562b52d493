import { StreamSilent } from "./chat-problem.ts"
import { firstToAbort } from "./first-to-abort.ts"
import { type Asked, classifyResponse, problemOfProxy, retryAfterMs } from "./own-answer.ts"
import { watchRestored } from "./page-restored.ts"
import { withDeadline } from "./with-deadline.ts"

export interface RetryOptions {
  /** how long one try may go without an answer */
  limitMs: number
  signal: AbortSignal
  /** what our server would answer with (default "json") */
  asked?: Asked
  /** what is sent, for the sentence of who refuses it on the way */
  sent?: "file" | "message"
  /** how long something else may answer in the server's place before that is told (default: as long as it likes) */
  awayMs?: number
  /** refusals of our server to try again after; default: it is shutting down, and another one takes its place */
  isRetryable?: (status: number, code: string | undefined) => boolean
  /** a try without an answer is one that failed: nothing is lost by another (default false) */
  isSilenceRetryable?: boolean
  /** a try has failed, and there will be another */
  onFailed: () => void
}

const shortestPauseMs = 500
const longestPauseMs = 4_000
/** Whoever answers in the server's place may ask for more patience, within reason. */
const longestAskedPauseMs = 30_000

/**
 * Tries until our server answers: after 0.5, 1, 2, 4, 4 … s, and at once when the network is back. A proxy whose server
 * is away is a lost connection, whatever page it says so with; so is a try that the back button's page was left in.
 * @returns our server's answer, refusals included
 * @throws StreamSilent where a try gets no answer in time: it may have arrived all the same
 * @throws ChatProblem where something else refuses the request, or has answered for `awayMs`
 */
export async function fetchWithRetry(
  request: (signal: AbortSignal) => Promise<Response>,
  options: RetryOptions,
): Promise<Response> {
  const { limitMs, signal, asked, awayMs = Number.POSITIVE_INFINITY, isSilenceRetryable = false, onFailed } = options
  const { isRetryable = isStartingOrStopping } = options
  const page = watchRestored()
  let awaySince: number | undefined
  try {
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const attempt = new AbortController()
      const restored = page.next()
      let askedPauseMs = 0
      try {
        const answering = request(firstToAbort(signal, attempt.signal)).then((response) =>
          classifyResponse(response, asked),
        )
        const answer = await withDeadline(answering, limitMs, firstToAbort(signal, restored))
        const { response } = answer
        const mayPass = isRetryable(response.status, answer.isOwn ? answer.code : undefined)
        if (answer.isOwn && !mayPass) return response
        await response.body?.cancel()
        awaySince = answer.isOwn ? undefined : (awaySince ?? Date.now())
        const isGivenUp = awaySince !== undefined && Date.now() - awaySince >= awayMs
        const isRefused = !answer.isOwn && answer.means === "refused" && !mayPass
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

/** The server takes nothing new, or nothing yet, and has taken nothing of this: the next one to answer will. */
function isStartingOrStopping(_status: number, code: string | undefined): boolean {
  return code === "shutting_down" || code === "starting"
}

/** @throws the abort's reason where somebody gives up meanwhile */
export function pauseOrOnline(pauseMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const goOn = () => {
      settle()
      resolve()
    }
    const giveUp = () => {
      settle()
      reject(signal.reason)
    }
    if (signal.aborted) return reject(signal.reason)
    const timer = setTimeout(goOn, pauseMs)
    globalThis.addEventListener?.("online", goOn)
    signal.addEventListener("abort", giveUp)
    function settle(): void {
      clearTimeout(timer)
      globalThis.removeEventListener?.("online", goOn)
      signal.removeEventListener("abort", giveUp)
    }
  })
}
