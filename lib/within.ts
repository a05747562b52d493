/** Returned in place of a result that did not arrive in time. */
export const late = Symbol("late")

/** Waits for a promise. @returns `late` if it has not settled after this time; its later outcome is ignored */
export async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof late>((resolve) => {
    // A process that was busy until now first handles what has arrived, before it counts as late.
    timer = setTimeout(() => setImmediate(resolve, late), timeoutMs)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
