/** Turns a generator into a stream that is read on demand, and that nothing is written to once its reader has left. */
export function streamOf<T>(
  begin: (signal: AbortSignal) => AsyncGenerator<T>,
  abortSignal: AbortSignal | undefined,
): ReadableStream<T> {
  const leaving = new AbortController()
  const signal = abortSignal ? AbortSignal.any([abortSignal, leaving.signal]) : leaving.signal
  const generator = begin(signal)
  // A reader that was told to stop need not read on, so the generator must not wait for it.
  const end = () => void generator.return(undefined).catch(() => undefined)
  signal.addEventListener("abort", end, { once: true })
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await generator.next()
        // A reader that has left has closed the stream.
        if (leaving.signal.aborted) return
        if (signal.aborted) controller.error(signal.reason)
        else if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel(reason) {
        leaving.abort(reason)
        // It waits for what the generator awaits, which the signal ends; how it ends does not matter any more.
        await generator.return(undefined).catch(() => undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
