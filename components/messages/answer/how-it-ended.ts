import { isToolUIPart } from "ai"
import type { ChatMessage, ChatMessagePart, MessageMetadata, MessageStatus } from "#lib/chat-protocol.ts"
import { texts } from "../../texts.ts"

/** How an answer ended that did not end well or not of itself, and what can be done about it. */
export interface HowItEnded {
  /** what happened, and what is safe */
  sentence: string
  isFailure: boolean
  /** asked anew, it may succeed */
  isWorthRetrying: boolean
  /** there is something to go on with, and it may succeed */
  isWorthContinuing: boolean
}

/** @returns undefined where it ended well, or has not ended */
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
  // To go on is to ask the same provider for the same once more.
  const isWorthRetrying = status === "STOPPED" || (error?.retryable ?? true)
  return {
    sentence: isKept && error?.code !== "chat_deleted" ? `${happened} ${texts.isKept}` : happened,
    isFailure: status !== "STOPPED",
    isWorthRetrying,
    isWorthContinuing: isWorthRetrying && isKept,
  }
}

/** There is anything of it to be seen. */
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
  // Until when it is busy is said below: "in a moment" would contradict that.
  const said = error?.retryAt ? texts.busy : error?.message
  if (status === "ERROR") return said ?? texts.failed
  return status === "INTERRUPTED" ? (said ?? texts.interrupted) : undefined
}
