/** A response of server-sent events read as raw text, including comments. */
export interface RawReading {
  /**
   * Reads on until one event, or comment, has all of these texts. What comes after it is left for the next call, however
   * much arrived at once.
   * @throws if the response ends before
   */
  until(...parts: string[]): Promise<void>
  leave(): Promise<void>
}

export function rawReadingOf({ status, body }: Response): RawReading {
  if (status !== 200 || !body) throw new Error(`answered with ${status}`)
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader() // any bytes
  let unread = ""

  /** Takes the next whole event. */
  async function next(wanted: string[]): Promise<string> {
    for (;;) {
      const end = unread.indexOf("\n\n")
      if (end >= 0) {
        const event = unread.slice(0, end)
        unread = unread.slice(end + 2)
        return event
      }
      const { done, value } = await reader.read()
      if (done) throw new Error(`the response ended before ${wanted}: ${unread}`)
      unread += value
    }
  }

  return {
    async until(...parts) {
      let event: string
      do event = await next(parts)
      while (!parts.every((part) => event.includes(part)))
    },
    leave: () => reader.cancel(),
  }
}
