import { isToolUIPart } from "ai"
import type { ChatMessage, ChatMessagePart, MessageMetadata, MessageStatus } from "#lib/chat-protocol.ts"
import { texts } from "../../texts.ts"

/** How an answer ended that failed, was stopped or cut, and what the user can do about it. */
export interface HowItEnded {
  /** what happened, and whether the text is kept */
  sentence: string
  isFailure: boolean
  /** another attempt may succeed */
  isWorthRetrying: boolean
  /** there is something to continue, and that may succeed */
  isWorthContinuing: boolean
}

/** @returns undefined if the answer is complete, or still running */
export function howItEnded(message: ChatMessage): HowItEnded | undefined {
  const { status = "COMPLETE", cutBy, error } = message.metadata ?? {}
  const isKept = showsSomething(message)
  if (status === "COMPLETE" && cutBy) {
    const isWorthContinuing = isKept && cutBy !== "content-filter"
    return { sentence: texts.cutBy[cutBy], isFailure: false, isWorthRetrying: false, isWorthContinuing }
  }
  if (status === "COMPLETE" && !isKept)
    return { sentence: texts.saidNothing, isFailure: true, isWorthRetrying: true, isWorthContinuing: false }
  const happened = status === "STOPPED" ? stopped(isKept) : failed(status, error)
  if (happened === undefined) return undefined
  // Continuing sends the same request to the same provider again.
  const isWorthRetrying = status === "STOPPED" || (error?.retryable ?? true)
  return {
    sentence: isKept && error?.code !== "chat_deleted" ? `${happened} ${texts.isKept}` : happened,
    isFailure: status !== "STOPPED",
    isWorthRetrying,
    isWorthContinuing: isWorthRetrying && isKept,
  }
}

/** Tells whether the message has any visible content. */
export function showsSomething({ parts }: Pick<ChatMessage, "parts">): boolean {
  return parts.some(isVisible)
}

function isVisible(part: ChatMessagePart): boolean {
  if (part.type === "text" || part.type === "reasoning") return part.text.trim() !== ""
  return part.type === "file" || isToolUIPart(part)
}

function stopped(isKept: boolean): string {
  return isKept ? texts.stopped : texts.stoppedUnbegun
}

function failed(status: MessageStatus, error: MessageMetadata["error"]): string | undefined {
  // A note below states the time, which "in a moment" would contradict.
  const said = error?.retryAt ? texts.busy : error?.message
  if (status === "ERROR") return said ?? texts.failed
  return status === "INTERRUPTED" ? (said ?? texts.interrupted) : undefined
}
