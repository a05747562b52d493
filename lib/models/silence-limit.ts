import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { type LanguageModelMiddleware, wrapLanguageModel } from "ai"

interface SilenceLimits {
  /** time to the first part once the response has begun (default two minutes: the model may have to be loaded) */
  firstPartMs?: number
  /** time between two parts (default one minute) */
  silenceMs?: number
}

/**
 * Wraps a model so that a stream which stays silent too long fails with a `TimeoutError`. It is for models whose
 * library shows only parts; our own reader sees the bytes and is stricter.
 */
export function silenceLimiting(limits: SilenceLimits = {}): (model: LanguageModelV4) => LanguageModelV4 {
  const { firstPartMs = 120_000, silenceMs = 60_000 } = limits
  const middleware: LanguageModelMiddleware = {
    async wrapStream({ doStream }) {
      const result = await doStream()
      return { ...result, stream: limitedStream(result.stream, firstPartMs, silenceMs) }
    },
  }
  return (model) => wrapLanguageModel({ model, middleware })
}

type Part = LanguageModelV4StreamPart

function limitedStream(source: ReadableStream<Part>, firstPartMs: number, silenceMs: number): ReadableStream<Part> {
  const reader = source.getReader()
  let limitMs = firstPartMs

  return new ReadableStream<Part>(
    {
      async pull(controller) {
        const silent = Promise.withResolvers<never>()
        const timer = setTimeout(() => {
          silent.reject(new DOMException(`silent for ${limitMs} ms`, "TimeoutError"))
        }, limitMs)
        try {
          const { done, value } = await Promise.race([reader.read(), silent.promise])
          if (done) return controller.close()
          // The library itself sends this part, not the model.
          if (value.type !== "stream-start") limitMs = silenceMs
          controller.enqueue(value)
        } catch (error) {
          // The source is no longer needed, so its outcome does not matter.
          reader.cancel(error).catch(() => undefined)
          throw error
        } finally {
          clearTimeout(timer)
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
