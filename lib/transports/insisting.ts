import { StreamSilent } from "./chat-problem.ts"
import { inTime } from "./in-time.ts"

export interface InsistOptions {
  /** how long one try may go without an answer */
  limitMs: number
  signal: AbortSignal
  /** statuses to try again after; default: those of a proxy whose server is away */
  isPassing?: (status: number) => boolean
  /** a try without an answer is one that failed: nothing is lost by another (default false) */
  isSilencePassing?: boolean
  /** a try has failed, and there will be another */
  onFailed: () => void
}

/**
 * Tries until a server answers: after 0.5, 1, 2, 4, 4 … s, and at once when the network is back.
 * @throws StreamSilent where a try gets no answer in time: it may have arrived all the same
 */
export async function insisting(
  request: (signal: AbortSignal) => Promise<Response>,
  { limitMs, signal, isPassing = isProxys, isSilencePassing = false, onFailed }: InsistOptions,
): Promise<Response> {
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, 4_000)) {
    const hangingUp = new AbortController()
    try {
      const response = await inTime(request(AbortSignal.any([signal, hangingUp.signal])), limitMs, signal)
      if (!isPassing(response.status)) return response
      await response.body?.cancel()
    } catch (error) {
      hangingUp.abort()
      const isPassingError = error instanceof TypeError || (isSilencePassing && error instanceof StreamSilent)
      if (signal.aborted || !isPassingError) throw error
    }
    onFailed()
    await pauseOrOnline(pauseMs, signal)
  }
}

function isProxys(status: number): boolean {
  return status === 502 || status === 504
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
