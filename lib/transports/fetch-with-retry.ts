import { StreamSilent } from "./chat-problem.ts"
import { firstToAbort } from "./first-to-abort.ts"
import { type Asked, judged, problemOfOther, retryAfterMs } from "./own-answer.ts"
import { watchRestored } from "./page-restored.ts"
import { inTime } from "./with-deadline.ts"

export interface InsistOptions {
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
  isPassing?: (status: number, code: string | undefined) => boolean
  /** a try without an answer is one that failed: nothing is lost by another (default false) */
  isSilencePassing?: boolean
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
export async function insisting(
  request: (signal: AbortSignal) => Promise<Response>,
  options: InsistOptions,
): Promise<Response> {
  const { limitMs, signal, asked, awayMs = Number.POSITIVE_INFINITY, isSilencePassing = false, onFailed } = options
  const { isPassing = isComingOrGoing } = options
  const page = watchRestored()
  let awaySince: number | undefined
  try {
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const hangingUp = new AbortController()
      const restored = page.next()
      let askedPauseMs = 0
      try {
        const answering = request(firstToAbort(signal, hangingUp.signal)).then((response) => judged(response, asked))
        const answer = await inTime(answering, limitMs, firstToAbort(signal, restored))
        const { response } = answer
        const mayPass = isPassing(response.status, answer.isOwn ? answer.code : undefined)
        if (answer.isOwn && !mayPass) return response
        await response.body?.cancel()
        awaySince = answer.isOwn ? undefined : (awaySince ?? Date.now())
        const isGivenUp = awaySince !== undefined && Date.now() - awaySince >= awayMs
        const isRefused = !answer.isOwn && answer.means === "refused" && !mayPass
        if (isRefused || isGivenUp) throw problemOfOther(response.status, options.sent)
        askedPauseMs = Math.min(retryAfterMs(response) ?? 0, longestAskedPauseMs)
      } catch (error) {
        hangingUp.abort()
        const isSilent = error instanceof StreamSilent
        const isPassingError = error instanceof TypeError || restored.aborted || (isSilencePassing && isSilent)
        if (signal.aborted || !isPassingError) throw error
      }
      onFailed()
      await pauseOrOnline(Math.max(pauseMs, askedPauseMs), signal)
    }
  } finally {
    page.close()
  }
}

/** The server takes nothing new, or nothing yet, and has taken nothing of this: the next one to answer will. */
function isComingOrGoing(_status: number, code: string | undefined): boolean {
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
