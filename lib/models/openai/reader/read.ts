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
  /** merges deltas into one per part; undefined: no merging */
  tick: Tick | undefined
  limits: ProviderLimits
  signal: AbortSignal | undefined
}

/** How long to wait for what may follow an end. */
const afterEndMs: Partial<Record<AnswerPhase, number>> = { ending: 5_000, ended: 1_000 }
/** How long a connection may take to become reusable. */
const drainMs = 1_000
/** Parts buffered before the provider is paused. */
const maxBufferedParts = 64

/**
 * Streams an answer's parts. It always ends with a `finish`, after an `error` if it failed; only an abort makes the
 * stream fail. After the finish, the connection's outcome does not matter.
 */
export function readAnswer(answer: ProviderAnswer, options: ReadOptions): ReadableStream<LanguageModelV4StreamPart> {
  const { limits, signal, tick } = options
  const { body } = answer
  let conclude: (cause?: unknown) => void
  let abandon: () => void
  let resume: () => void

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
        const out: Pick<WaitingDeltas, "push" | "end" | "drop"> = tick ? waitingDeltas(tick, send) : unmerged(send)
        const decoder = new TextDecoder()
        const parts = answerParts({ url: answer.url, warnings: options.warnings, habit: options.habit, send: out.push })
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
          // The reader is behind, so the provider is paused, and its silence is not its fault.
          if ((controller.desiredSize ?? 1) > 0) return
          clearTimeout(timer)
          timer = undefined
          body.pause()
        }

        function onAbort(): void {
          if (isOver) return
          abandon()
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
        abandon = () => {
          out.drop()
          release()
          body.destroy()
        }
        resume = () => {
          if (isOver || !body.isPaused()) return
          body.resume()
          isAlive()
        }

        // Never removed: a connection may fail even when nothing more is expected of it.
        body.on("error", (error) => conclude(error))
        body.on("end", () => conclude())
        body.on("close", () => conclude(new Error("the connection was closed")))
        body.on("data", onData)
        signal?.addEventListener("abort", onAbort)
        isAlive()
        if (signal?.aborted) onAbort()
        // Peeking at the first bytes may have consumed the end event, which is emitted once.
        else if (body.readableEnded) conclude()
        else if (body.destroyed) conclude(body.errored ?? new Error("the connection was closed"))
      },
      pull: () => resume(),
      cancel: () => abandon(),
    },
    { highWaterMark: maxBufferedParts },
  )
}

function unmerged(send: (part: LanguageModelV4StreamPart) => void): Pick<WaitingDeltas, "push" | "end" | "drop"> {
  return { push: send, end: () => undefined, drop: () => undefined }
}

/** Reads a body to its end, so that its connection can be reused. */
function drain(body: Readable): void {
  if (body.readableEnded || body.destroyed) return
  const timer = setTimeout(() => body.destroy(), drainMs)
  body.once("close", () => clearTimeout(timer))
  body.resume()
}
