import { late, within } from "#lib/within.ts"
import { storeDeadlineMs } from "./deadline.ts"
import { refusalOf, refusalText } from "./refusals.ts"
import { LinkDown, type StoreListeners, StoreUnavailable } from "./store.ts"

export interface LinkOptions extends StoreListeners {
  /** asks for a sign of life, and whether what is written is taken; repeated while the link is down */
  ping: () => Promise<unknown>
  /** true where an error is what the store itself has answered: then the link works */
  isAnswer: (error: unknown) => boolean
  /** told each time the store refuses to be used, with its word for that */
  onRefusal?: (word: string) => void
}

/** One connection to a store, and what is known of it: a circuit breaker round the deadline of each call. */
export interface Link {
  /** false while calls are refused without being tried */
  readonly isUp: boolean
  /** the store's word for why it cannot be used though it answers */
  readonly refusal: string | undefined
  /**
   * @throws LinkDown at once while the link is down, and where the store refuses to be used
   * @throws StoreUnavailable where the call fails, or has not settled within a store's deadline
   */
  call<T>(request: () => Promise<T>): Promise<T>
  /** Tries even while the link is down. @returns true where the store answers, and takes what is written */
  ping(): Promise<boolean>
  /** What the store has said to no call, such as that a password is wrong. */
  note(error: unknown): void
  close(): void
}

/** One lost answer can be bad luck. */
const failuresUntilDown = 3
/** Between two signs of life that are asked for while the link is down: so late a store that is back is noticed. */
const pingEveryMs = 200
/** A store that takes one thing and refuses another is tried ever more seldom. */
const longestPauseMs = 2_000
/** So long it has to take everything to count as back; until then its refusals are no news. */
const trialMs = 5_000

export function storeLink({ ping, isAnswer, onProblem, onReturn, onRefusal }: LinkOptions): Link {
  let isUp = true
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let trial: NodeJS.Timeout | undefined
  let failures = 0
  let refusal: string | undefined
  let isRefusalTold = false
  let pauseMs = pingEveryMs
  let pinging: Promise<boolean> | undefined

  async function attempt<T>(request: () => Promise<T>, isPing = false): Promise<T> {
    const outcome = await within(request(), storeDeadlineMs).catch((cause: unknown) => {
      const word = refusalOf(cause)
      if (word) {
        noteRefusal(word, cause)
        // It is told once, for all who meet it.
        throw new LinkDown(`the store refuses it (${word})`, { cause })
      }
      if (isAnswer(cause)) noteAnswer(isPing)
      else noteFailure(cause)
      throw new StoreUnavailable("the store failed", { cause })
    })
    if (outcome !== late) {
      noteAnswer(isPing)
      return outcome
    }
    const error = new StoreUnavailable(`the store did not answer within ${storeDeadlineMs} ms`)
    noteFailure(error)
    throw error
  }

  function noteAnswer(isPing: boolean): void {
    failures = 0
    if (isUp) return
    if (refusal) {
      // What is read may be answered all the while.
      if (!isPing) return
      refusal = undefined
      trial = setTimeout(endTrial, trialMs).unref()
    } else onReturn?.()
    isUp = true
  }

  function endTrial(): void {
    isRefusalTold = false
    pauseMs = pingEveryMs
    onReturn?.()
  }

  function noteRefusal(word: string, cause: unknown): void {
    if (isClosed) return
    clearTimeout(trial)
    refusal = word
    onRefusal?.(word)
    if (!isRefusalTold) onProblem?.(new StoreUnavailable(refusalText(word), { cause }))
    isRefusalTold = true
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

  /** So that no caller has to wait in order to find out. */
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
      const word = refusalOf(error)
      if (word) noteRefusal(word, error)
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      clearTimeout(trial)
    },
  }
}
