import { late, storeDeadlineMs, within } from "./deadline.ts"
import { LinkDown, type StoreListeners, StoreUnavailable } from "./store.ts"

export interface LinkOptions extends StoreListeners {
  /** asks for a sign of life; repeated while the link is down */
  ping: () => Promise<unknown>
  /** true where an error is what the store itself has answered: then the link works */
  isAnswer: (error: unknown) => boolean
}

/** One connection to a store, and what is known of it: a circuit breaker round the deadline of each call. */
export interface Link {
  /** false while calls are refused without being tried */
  readonly isUp: boolean
  /**
   * @throws LinkDown at once while the link is down
   * @throws StoreUnavailable where the call fails, or has not settled within a store's deadline
   */
  call<T>(request: () => Promise<T>): Promise<T>
  /** Tries even while the link is down. @returns true where the store answers */
  ping(): Promise<boolean>
  close(): void
}

/** One lost answer can be bad luck. */
const failuresUntilDown = 3
/** Between two signs of life that are asked for while the link is down: so late a store that is back is noticed. */
const pingEveryMs = 200

export function storeLink({ ping, isAnswer, onProblem, onReturn }: LinkOptions): Link {
  let isUp = true
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let pinging: Promise<boolean> | undefined

  async function attempt<T>(request: () => Promise<T>): Promise<T> {
    const outcome = await within(request(), storeDeadlineMs).catch((cause: unknown) => {
      if (isAnswer(cause)) noteAnswer()
      else noteFailure(cause)
      throw new StoreUnavailable("the store failed", { cause })
    })
    if (outcome !== late) {
      noteAnswer()
      return outcome
    }
    const error = new StoreUnavailable(`the store did not answer within ${storeDeadlineMs} ms`)
    noteFailure(error)
    throw error
  }

  function noteAnswer(): void {
    failures = 0
    if (!isUp) onReturn?.()
    isUp = true
  }

  function noteFailure(cause: unknown): void {
    failures += 1
    if (!isUp || failures < failuresUntilDown || isClosed) return
    isUp = false
    clearTimeout(timer)
    onProblem?.(new StoreUnavailable("the store is out of reach, and is not asked until it is back", { cause }))
    void pingUntilUp()
  }

  /** So that no caller has to wait in order to find out. */
  async function pingUntilUp(): Promise<void> {
    const answers = await pingOnce()
    if (!answers && !isClosed) timer = setTimeout(() => void pingUntilUp(), pingEveryMs)
  }

  function pingOnce(): Promise<boolean> {
    pinging ??= attempt(ping)
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
    async call(request) {
      if (!isUp) throw new LinkDown("the store is out of reach")
      return attempt(request)
    },
    ping: pingOnce,
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
