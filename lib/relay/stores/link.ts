import { late, within } from "#lib/within.ts"
import { storeDeadlineMs } from "./deadline.ts"
import { refusalOf, refusalText } from "./refusals.ts"
import { LinkDown, type StoreListeners, StoreUnavailable } from "./store.ts"

export interface LinkOptions extends StoreListeners {
  /** how long a call may take (default 1 s) */
  deadlineMs?: number | undefined
  /** asks whether the store answers and accepts writes; repeated while the link is down */
  ping: () => Promise<unknown>
  /** returns true for an error that the store itself answered: then the link works */
  isAnswer: (error: unknown) => boolean
  /** called with the error code each time the store refuses to be used */
  onRefusal?: (code: string) => void
}

/** One connection to a store and its known state: a circuit breaker around the deadline of each call. */
export interface Link {
  /** false while calls are refused without being tried */
  readonly isUp: boolean
  /** the error code by which a store that answers says why it cannot be used */
  readonly refusal: string | undefined
  /**
   * Calls the store.
   * @throws LinkDown at once while the link is down, and if the store refuses to be used
   * @throws StoreUnavailable if the call fails, or does not settle within a store's deadline
   */
  call<T>(request: () => Promise<T>): Promise<T>
  /** Tries even while the link is down. @returns true if the store answers and accepts writes */
  ping(): Promise<boolean>
  /** Takes note of an error outside any call, such as a wrong password. */
  note(error: unknown): void
  close(): void
}

/** What a driver writes, behind its prefix, to learn whether its store accepts writes; the value means nothing. */
export const probe = { key: "rejoin:probe", ttlMs: 60_000 }

/** A single lost answer may be chance. */
const failuresUntilDown = 3
/** Time between two pings while the link is down, and so the delay until a store that is back is noticed. */
const pingEveryMs = 200
/** A store that accepts some commands and refuses others is tried less and less often, up to this pause. */
const longestPauseMs = 2_000
/** How long a store must accept everything to count as back; until then its refusals are not reported again. */
const trialMs = 5_000

export function storeLink(options: LinkOptions): Link {
  const { deadlineMs = storeDeadlineMs, ping, isAnswer, onProblem, onReturn, onRefusal } = options
  let isUp = true
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let trial: NodeJS.Timeout | undefined
  let failures = 0
  let refusal: string | undefined
  let isRefusalReported = false
  let pauseMs = pingEveryMs
  let pinging: Promise<boolean> | undefined

  async function attempt<T>(request: () => Promise<T>, isPing = false): Promise<T> {
    const outcome = await within(request(), deadlineMs).catch((cause: unknown) => {
      const code = refusalOf(cause)
      if (code) {
        noteRefusal(code, cause)
        // `noteRefusal` reports it once for all callers.
        throw new LinkDown(`the store refuses it (${code})`, { cause })
      }
      if (isAnswer(cause)) noteAnswer(isPing)
      else noteFailure(cause)
      throw new StoreUnavailable("the store failed", { cause })
    })
    if (outcome !== late) {
      noteAnswer(isPing)
      return outcome
    }
    const error = new StoreUnavailable(`the store did not answer within ${deadlineMs} ms`)
    noteFailure(error)
    throw error
  }

  function noteAnswer(isPing: boolean): void {
    failures = 0
    if (isUp) return
    if (refusal) {
      // A store that refuses writes may still answer reads.
      if (!isPing) return
      refusal = undefined
      trial = setTimeout(endTrial, trialMs).unref()
    } else onReturn?.()
    isUp = true
  }

  function endTrial(): void {
    isRefusalReported = false
    pauseMs = pingEveryMs
    onReturn?.()
  }

  function noteRefusal(code: string, cause: unknown): void {
    if (isClosed) return
    clearTimeout(trial)
    refusal = code
    onRefusal?.(code)
    if (!isRefusalReported) onProblem?.(new StoreUnavailable(refusalText(code), { cause }))
    isRefusalReported = true
    if (isUp) goDown()
  }

  function noteFailure(cause: unknown): void {
    failures += 1
    if (!isUp || failures < failuresUntilDown || isClosed) return
    onProblem?.(new StoreUnavailable("the store is out of reach, and is not asked until it is back", { cause }))
    goDown()
  }

  function goDown(): void {
    isUp = false
    clearTimeout(timer)
    timer = setTimeout(() => void pingUntilUp(), refusal ? pauseMs : 0)
    if (refusal) pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }

  /** Pings in the background, so that no caller has to wait to find out. */
  async function pingUntilUp(): Promise<void> {
    const answers = await pingOnce()
    if (!answers && !isClosed) timer = setTimeout(() => void pingUntilUp(), pingEveryMs)
  }

  function pingOnce(): Promise<boolean> {
    pinging ??= attempt(ping, true)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        pinging = undefined
      })
    return pinging
  }

  return {
    get isUp() {
      return isUp
    },
    get refusal() {
      return refusal
    },
    async call(request) {
      if (!isUp) throw new LinkDown("the store is out of reach")
      return attempt(request)
    },
    ping: pingOnce,
    note(error) {
      const code = refusalOf(error)
      if (code) noteRefusal(code, error)
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      clearTimeout(trial)
    },
  }
}
