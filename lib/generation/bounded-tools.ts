import type { ToolSet } from "ai"
import { ChatError } from "#lib/errors.ts"
import { plainValue } from "../plain-value.ts"
import type { AnswerLimits } from "./answer-limits.ts"

type ToolLimits = Pick<AnswerLimits, "toolMs" | "toolOutputChars">
type Execute = NonNullable<ToolSet[string]["execute"]>

/**
 * Wraps tools so that they keep the limits: a call that takes too long or returns too much fails with a message that
 * the model can use. Outputs become plain values, so that the model gets exactly what is stored. A tool that ignores
 * its abort signal is abandoned.
 */
export function boundedTools(tools: ToolSet, limits: ToolLimits): ToolSet {
  return Object.fromEntries(
    Object.entries(tools).map(([name, tool]) => [
      name,
      // The tool keeps its type: only the way it runs is new.
      tool.execute ? ({ ...tool, execute: bounded(tool.execute, limits) } as ToolSet[string]) : tool,
    ]),
  )
}

function bounded(execute: Execute, { toolMs, toolOutputChars }: ToolLimits): Execute {
  return (input, options) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new ChatError("tool_timeout")), toolMs)
    const abortSignal = AbortSignal.any([late.signal, ...(options.abortSignal ? [options.abortSignal] : [])])
    const check = (output: unknown) => refuseTooLarge(plainValue(output) ?? null, toolOutputChars)
    const done = () => clearTimeout(timer)
    try {
      const result: unknown = execute(input, { ...options, abortSignal })
      if (isAsyncIterable(result)) return checkedEach(result, abortSignal, check, done)
      return orAborted(Promise.resolve(result), abortSignal).then(check).finally(done)
    } catch (error) {
      done()
      throw error
    }
  }
}

/** Checks every output of a tool that reports its progress: each one replaces the one before. */
async function* checkedEach(
  outputs: AsyncIterable<unknown>,
  abortSignal: AbortSignal,
  check: (output: unknown) => unknown,
  done: () => void,
): AsyncGenerator<unknown> {
  const iterator = outputs[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await orAborted(iterator.next(), abortSignal)
      if (next.done) return
      yield check(next.value)
    }
  } finally {
    done()
    // Not awaited, since a tool that hangs would hang this as well.
    void Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

/** Returns true for an output that would make rows, logs and prompts too large. */
export function isTooLarge(output: unknown, maxChars: number): boolean {
  return (JSON.stringify(output)?.length ?? 0) > maxChars
}

function refuseTooLarge(output: unknown, maxChars: number): unknown {
  if (isTooLarge(output, maxChars)) throw new ChatError("tool_output_too_large")
  return output
}

async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener("abort", onAbort)
  })
  return Promise.race([work, aborted]).finally(() => onAbort && signal.removeEventListener("abort", onAbort))
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value
}
