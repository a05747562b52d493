/** Reads a response's body that is not streamed: a refusal or a whole answer. */

import type { Readable } from "node:stream"
import { parsedJson } from "#lib/parsed-json.ts"
import type { ProviderLimits } from "./exchange.ts"

export interface BodyWatch {
  limits: ProviderLimits
  signal: AbortSignal | undefined
}

/** An answer has at most a million characters, so its body a few million bytes. */
const maxBytes = 64_000_000

/**
 * Reads a body to its end. If it is cut off but its text is already complete JSON, returns that: a declared length may
 * be wrong, and an end may never arrive.
 * @throws the connection's error, the signal's reason, or a `TimeoutError` after too long a silence
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
        if (bytes > maxBytes) throw new Error("the response is too large")
      }
    })
  } catch (error) {
    if (watch.signal?.aborted || parsedJson(text()) === undefined) throw error
  }
  return text()
}

/** Peeks at the first bytes without consuming them. */
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

/** Runs work while bytes arrive; a silence or an abort destroys the body, which ends the work. */
async function watched<Result>(
  body: Readable,
  { limits, signal }: BodyWatch,
  work: (isAlive: () => void) => Promise<Result>,
): Promise<Result> {
  const onSilence = () => body.destroy(new DOMException("the response fell silent", "TimeoutError"))
  const onAbort = () => body.destroy(signal?.reason)
  let timer = setTimeout(onSilence, limits.headersMs)
  signal?.addEventListener("abort", onAbort)
  try {
    signal?.throwIfAborted()
    return await work(() => {
      clearTimeout(timer)
      timer = setTimeout(onSilence, limits.silenceMs)
    })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", onAbort)
  }
}
