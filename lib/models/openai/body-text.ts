/** A response's body read to its end, where it comes in one piece: a refusal, or an answer that is not streamed. */
import type { Readable } from "node:stream"
import type { ProviderLimits } from "./exchange.ts"
import { parsed } from "./reader/wire-json.ts"

export interface BodyWatch {
  limits: ProviderLimits
  signal: AbortSignal | undefined
}

/** An answer has a million characters at most, so its body a few million bytes. */
const mostBytes = 64_000_000

/**
 * @throws what cut it off: the connection's error, the signal's reason, or a `TimeoutError` after too long a silence.
 * JSON that is whole by then is returned: a length may be told wrong, and an end may never be told
 */
export async function readText(body: Readable, watch: BodyWatch): Promise<string> {
  const chunks: Buffer[] = []
  const text = () => new TextDecoder().decode(Buffer.concat(chunks))
  try {
    await watched(body, watch, async (isAlive) => {
      let bytes = 0
      for await (const chunk of body as AsyncIterable<Buffer>) {
        isAlive()
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > mostBytes) throw new Error("the response is too large")
      }
    })
  } catch (error) {
    if (watch.signal?.aborted || parsed(text()) === undefined) throw error
  }
  return text()
}

/** Looks at the first bytes and leaves them where they are. */
export function beginsAsJson(body: Readable, watch: BodyWatch): Promise<boolean> {
  return watched(body, watch, async () => {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const start = new TextDecoder().decode(chunk.subarray(0, 100)).trimStart()
      body.unshift(chunk)
      return /^[{[]/.test(start)
    }
    return false
  })
}

/** Runs the work while bytes come; a silence or an abort ends the body, and the work with it. */
async function watched<Result>(
  body: Readable,
  { limits, signal }: BodyWatch,
  work: (isAlive: () => void) => Promise<Result>,
): Promise<Result> {
  const giveUp = () => body.destroy(new DOMException("the response fell silent", "TimeoutError"))
  const onAbort = () => body.destroy(signal?.reason)
  let timer = setTimeout(giveUp, limits.headersMs)
  signal?.addEventListener("abort", onAbort)
  try {
    signal?.throwIfAborted()
    return await work(() => {
      clearTimeout(timer)
      timer = setTimeout(giveUp, limits.silenceMs)
    })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", onAbort)
  }
}
