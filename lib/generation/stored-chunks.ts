/** A stored message as the chunks that build it: what a reader gets where no stream is to be had. */
import { setTimeout as sleep } from "node:timers/promises"
import { getToolName, isToolUIPart, type UIMessageChunk } from "ai"
import { type ChatMessage, type ChatMessagePart, isFinal, type MessageStatus } from "#lib/chat-protocol.ts"

const rereadMs = 500

/** The message as it is, begun and finished. */
export async function* storedChunks(message: ChatMessage): AsyncGenerator<UIMessageChunk> {
  yield* begunChunks(message)
  yield* endOfLast(message.parts)
  yield finishOf(message)
}

/** The message as it is, its last part and itself left open for what is still to come. */
export function* begunChunks(message: ChatMessage): Generator<UIMessageChunk> {
  yield startOf(message)
  yield* difference([], message.parts)
}

/**
 * The message as it is, then what is added to it, until it is final.
 * @param read gives the message anew; undefined where it is gone
 * @param wait between two reads
 */
export async function* growingChunks(
  read: () => Promise<ChatMessage | undefined>,
  wait: () => Promise<unknown> = () => sleep(rereadMs),
): AsyncGenerator<UIMessageChunk> {
  let before: ChatMessage | undefined
  for (;;) {
    const now = await read()
    if (!now) return
    if (!before) yield startOf(now)
    yield* difference(before?.parts ?? [], now.parts)
    before = now
    if (isFinal(statusOf(now))) break
    await wait()
  }
  yield* endOfLast(before.parts)
  yield finishOf(before)
}

function* difference(before: ChatMessagePart[], now: ChatMessagePart[]): Generator<UIMessageChunk> {
  const firstToLookAt = Math.max(before.length - 1, 0)
  for (const [index, part] of now.entries()) {
    if (index < firstToLookAt) continue
    const known = before[index]
    if (!known) yield* beginOf(part, index)
    yield* growthOf(part, known, index)
    const isLast = index === now.length - 1
    if (!isLast) yield* endOf(part, index)
  }
}

function* beginOf(part: ChatMessagePart, index: number): Generator<UIMessageChunk> {
  if (part.type === "text") yield { type: "text-start", id: idOf(part, index) }
  else if (part.type === "reasoning") yield { type: "reasoning-start", id: idOf(part, index) }
  else if (part.type === "step-start") yield { type: "start-step" }
  else if (part.type === "source-url" || part.type === "source-document" || part.type === "file") yield part
}

function* growthOf(
  part: ChatMessagePart,
  known: ChatMessagePart | undefined,
  index: number,
): Generator<UIMessageChunk> {
  if (part.type === "text" || part.type === "reasoning") {
    const knownChars = known && "text" in known ? known.text.length : 0
    const delta = part.text.slice(knownChars)
    if (delta !== "") yield { type: `${part.type}-delta`, id: idOf(part, index), delta }
    return
  }
  if (!isToolUIPart(part) || (known && isToolUIPart(known) && known.state === part.state)) return
  const { toolCallId, input } = part
  const toolName = getToolName(part)
  const dynamic = part.type === "dynamic-tool" ? { dynamic: true } : {}
  if (!known) {
    if (part.state === "input-streaming") yield { type: "tool-input-start", toolCallId, toolName, ...dynamic }
    else yield { type: "tool-input-available", toolCallId, toolName, input, ...dynamic }
  } else if (part.state === "input-available")
    yield { type: "tool-input-available", toolCallId, toolName, input, ...dynamic }
  yield* approvalOf(part, known)
  if (part.state === "output-available")
    yield { type: "tool-output-available", toolCallId, output: part.output, ...dynamic }
  if (part.state === "output-error")
    yield { type: "tool-output-error", toolCallId, errorText: part.errorText, ...dynamic }
}

/** What was asked of the user, and what the user said. Without it a reader would not know that there is something to decide. */
function* approvalOf(part: AnyToolPart, known: ChatMessagePart | undefined): Generator<UIMessageChunk> {
  const { approval, toolCallId } = part
  if (!approval) return
  const knownApproval = known && isToolUIPart(known) ? known.approval : undefined
  if (!knownApproval) yield { type: "tool-approval-request", approvalId: approval.id, toolCallId }
  if (approval.approved !== undefined && knownApproval?.approved === undefined) {
    const { id: approvalId, approved, reason } = approval
    yield { type: "tool-approval-response", approvalId, approved, ...(reason !== undefined && { reason }) }
  }
  if (part.state === "output-denied") yield { type: "tool-output-denied", toolCallId }
}

type AnyToolPart = Extract<ChatMessagePart, { toolCallId: string }>

function* endOf(part: ChatMessagePart, index: number): Generator<UIMessageChunk> {
  if (part.type === "text") yield { type: "text-end", id: idOf(part, index) }
  if (part.type === "reasoning") yield { type: "reasoning-end", id: idOf(part, index) }
}

function* endOfLast(parts: ChatMessagePart[]): Generator<UIMessageChunk> {
  const index = parts.length - 1
  const last = parts[index]
  if (last) yield* endOf(last, index)
}

/** Reasoning keeps the id of its chunks; text has forgotten it. */
function idOf(part: ChatMessagePart, index: number): string {
  return part.type === "reasoning" && "id" in part && typeof part.id === "string" ? part.id : String(index)
}

function startOf(message: ChatMessage): UIMessageChunk {
  return { type: "start", messageId: message.id, messageMetadata: message.metadata }
}

function finishOf(message: ChatMessage): UIMessageChunk {
  return { type: "finish", messageMetadata: message.metadata }
}

function statusOf(message: ChatMessage): MessageStatus {
  return message.metadata?.status ?? "COMPLETE"
}
