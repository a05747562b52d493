import { isToolUIPart, type ModelMessage, type ToolSet, type UIMessageChunk } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { isSafeToRepeat } from "../tools/marks.ts"
import { type AnswerEnd, toolErrorText } from "./answer.ts"
import { answerLimits } from "./answer-limits.ts"
import { boundedTools } from "./bounded-tools.ts"
import type { UnfinishedCall } from "./open-parts.ts"

const notRepeated = "Broken off while the tool was running. Whether it was done is not known, and it was not run again."
const notThere = "There is no such tool any more."

interface CallContext {
  tools: ToolSet
  messages: ModelMessage[]
  stopSignal: AbortSignal
  /** calls that the user has just approved and that have not run yet */
  approvedCallIds?: string[] | undefined
}

/** Returns true while calls wait for the user: the model is asked once each has a result. */
export function isWaiting(parts: ChatMessagePart[]): boolean {
  return parts.some((part) => isToolUIPart(part) && part.state === "approval-requested")
}

/** Ends an answer whose calls wait for the user, without asking the model. */
export const stillWaiting: AnswerEnd = {
  kind: "complete",
  finishReason: "tool-calls",
  waitsForApproval: true,
  usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0, estimated: false },
}

/**
 * Settles the calls that another producer left open, in parallel: approved calls run, tools that are safe to repeat
 * run again, and other calls fail. A call that is stopped meanwhile stays open.
 */
export async function* settledCalls(calls: UnfinishedCall[], context: CallContext): AsyncGenerator<UIMessageChunk> {
  if (context.stopSignal.aborted) return
  const bounded = { ...context, tools: boundedTools(context.tools, answerLimits) }
  for (const settling of calls.map((call) => settled(call, bounded))) {
    const chunk = await settling
    if (!context.stopSignal.aborted) yield chunk
  }
}

async function settled(call: UnfinishedCall, context: CallContext): Promise<UIMessageChunk> {
  const { tools, messages, stopSignal, approvedCallIds = [] } = context
  const { toolName, input, toolCallId, ...kind } = call
  const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
  const mayRun = approvedCallIds.includes(toolCallId) || (tool !== undefined && isSafeToRepeat(tool))
  if (!tool?.execute || !mayRun)
    return {
      type: "tool-output-error",
      toolCallId,
      errorText: tool || call.providerExecuted ? notRepeated : notThere,
      ...kind,
    }
  const begunAtMs = performance.now()
  const took = () => ({ toolMetadata: { tookMs: Math.round(performance.now() - begunAtMs) } })
  try {
    const output = await lastOf(tool.execute(input, { toolCallId, messages, abortSignal: stopSignal, context: {} }))
    return { type: "tool-output-available", toolCallId, output, ...kind, ...took() }
  } catch (error) {
    return { type: "tool-output-error", toolCallId, errorText: toolErrorText(error), ...kind, ...took() }
  }
}

/** Waits for the result. A tool that reports its progress yields its result last. */
async function lastOf(output: unknown): Promise<unknown> {
  const said = await output
  if (typeof said !== "object" || said === null || !(Symbol.asyncIterator in said)) return said
  let last: unknown
  for await (const each of said as AsyncIterable<unknown>) last = each
  return last
}
