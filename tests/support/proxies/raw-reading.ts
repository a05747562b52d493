/** A response read as raw text, including comments. */
export interface RawReading {
  /** Reads on until the text appears in bytes since the last call. @throws if the response ends before */
  until(...parts: string[]): Promise<void>
  leave(): Promise<void>
}

export function rawReadingOf({ status, body }: Response): RawReading {
  if (status !== 200 || !body) throw new Error(`answered with ${status}`)
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader() // any bytes
  let text = ""
  return {
    async until(...parts) {
      while (!parts.every((part) => text.includes(part))) {
        const { done, value } = await reader.read()
        if (done) throw new Error(`the response ended before ${parts}: ${text}`)
        text += value
      }
      text = ""
    },
    leave: () => reader.cancel(),
  }
}
