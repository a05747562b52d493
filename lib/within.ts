/** Stands for an answer that did not come in time. */
export const late = Symbol("late")

/** @returns `late` where the promise has not settled after this long; what it gives or throws later is dropped */
export async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof late>((resolve) => {
    // A process that was busy for so long looks at what has come meanwhile before it calls an answer late.
    timer = setTimeout(() => setImmediate(resolve, late), timeoutMs)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
