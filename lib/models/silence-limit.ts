import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { type LanguageModelMiddleware, wrapLanguageModel } from "ai"

interface SilenceLimits {
  /** until an answer's first part, once its response has begun; default two minutes: the model may have to be loaded */
  firstPartMs?: number
  /** between two parts; default one minute */
  silenceMs?: number
}

/**
 * Gives up a model that has begun to answer and says nothing more. For models whose wire others read: of them only parts
 * are known. Our own reader hears the bytes below, and is stricter.
 * @returns wraps a model; a stream that is silent for too long fails with a `TimeoutError`
 */
export function limitingSilence(limits: SilenceLimits = {}): (model: LanguageModelV4) => LanguageModelV4 {
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
          // The start is ours, not the model's.
          if (value.type !== "stream-start") limitMs = silenceMs
          controller.enqueue(value)
        } catch (error) {
          // Nobody waits for the source any more: what becomes of it is no matter.
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
