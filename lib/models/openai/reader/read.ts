import type { Readable } from "node:stream"
import type { LanguageModelV4StreamPart, SharedV4Warning } from "@ai-sdk/provider"
import { type WaitingDeltas, waitingDeltas } from "../../merge-deltas.ts"
import type { Tick } from "../../shared-tick.ts"
import type { ProviderAnswer, ProviderLimits } from "../exchange.ts"
import { type AnswerPhase, answerParts } from "./answer-parts.ts"
import { eventLines } from "./event-lines.ts"
import type { ThinkingHabit } from "./think-tags.ts"

export interface ReadOptions {
  warnings: SharedV4Warning[]
  habit: ThinkingHabit
  /** at which deltas go on, as one a part; undefined: each by itself */
  tick: Tick | undefined
  limits: ProviderLimits
  signal: AbortSignal | undefined
}

/** How long what may follow an end is waited for. */
const afterEndMs: Partial<Record<AnswerPhase, number>> = { ending: 5_000, ended: 1_000 }
/** How long a connection may take to be free for the next question. */
const drainMs = 1_000
/** Parts that wait for their reader before the provider has to wait, too. */
const mostWaiting = 64

/**
 * An answer's parts, as they come. However it ends, it ends with a `finish`, and with an `error` before it where it went
 * wrong; only an abort makes the stream fail. Once the finish has come, whatever becomes of the connection is no matter.
 */
export function readAnswer(answer: ProviderAnswer, options: ReadOptions): ReadableStream<LanguageModelV4StreamPart> {
  const { limits, signal, tick } = options
  const { body } = answer
  let conclude: (cause?: unknown) => void
  let leave: () => void
  let goOn: () => void

  return new ReadableStream(
    {
      start(controller) {
        let isOver = false
        let hasBegun = false
        let timer: NodeJS.Timeout | undefined
        let timerMs = 0
        const send = (part: LanguageModelV4StreamPart) => {
          if (!isOver) controller.enqueue(part)
        }
        const out: Pick<WaitingDeltas, "take" | "end" | "drop"> = tick ? waitingDeltas(tick, send) : unmerged(send)
        const decoder = new TextDecoder()
        const parts = answerParts({ url: answer.url, warnings: options.warnings, habit: options.habit, send: out.take })
        const lines = eventLines(parts.event)

        function isAlive(): void {
          const ms = afterEndMs[parts.phase] ?? (hasBegun ? limits.silenceMs : limits.headersMs)
          if (timer && ms === timerMs) return void timer.refresh()
          clearTimeout(timer)
          timerMs = ms
          timer = setTimeout(() => conclude(new DOMException(`silent for ${ms} ms`, "TimeoutError")), ms)
        }

        function release(): void {
          isOver = true
          clearTimeout(timer)
          signal?.removeEventListener("abort", onAbort)
          body.removeListener("data", onData)
        }

        function onData(bytes: Buffer): void {
          hasBegun = true
          lines.feed(decoder.decode(bytes, { stream: true }))
          if (parts.phase === "over") conclude()
          if (isOver) return
          isAlive()
          // Nobody reads: what the provider says meanwhile stays with it, and its silence is ours.
          if ((controller.desiredSize ?? 1) > 0) return
          clearTimeout(timer)
          timer = undefined
          body.pause()
        }

        function onAbort(): void {
          if (isOver) return
          leave()
          controller.error(signal?.reason)
        }

        conclude = (cause) => {
          if (isOver) return
          lines.feed(decoder.decode())
          lines.end()
          parts.end(cause)
          out.end()
          release()
          controller.close()
          if (cause === undefined) drain(body)
          else body.destroy()
        }
        leave = () => {
          out.drop()
          release()
          body.destroy()
        }
        goOn = () => {
          if (isOver || !body.isPaused()) return
          body.resume()
          isAlive()
        }

        // Stays to the end: a connection may break when nothing is expected of it any more.
        body.on("error", (error) => conclude(error))
        body.on("end", () => conclude())
        body.on("close", () => conclude(new Error("the connection was closed")))
        body.on("data", onData)
        signal?.addEventListener("abort", onAbort)
        isAlive()
        if (signal?.aborted) onAbort()
        // Whoever looked at its first bytes may have met its end, which is told once.
        else if (body.readableEnded) conclude()
        else if (body.destroyed) conclude(body.errored ?? new Error("the connection was closed"))
      },
      pull: () => goOn(),
      cancel: () => leave(),
    },
    { highWaterMark: mostWaiting },
  )
}

function unmerged(send: (part: LanguageModelV4StreamPart) => void): Pick<WaitingDeltas, "take" | "end" | "drop"> {
  return { take: send, end: () => undefined, drop: () => undefined }
}

/** A body that ends by itself leaves its connection for the next question. */
function drain(body: Readable): void {
  if (body.readableEnded || body.destroyed) return
  const timer = setTimeout(() => body.destroy(), drainMs)
  body.once("close", () => clearTimeout(timer))
  body.resume()
}
