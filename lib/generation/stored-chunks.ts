/** Turns a stored message back into chunks, for readers that no stream can serve. */
import { isDeepStrictEqual } from "node:util"
import { getToolName, isToolUIPart, type UIMessageChunk } from "ai"
import { type ChatMessage, type ChatMessagePart, isFinal, type MessageStatus, wasThought } from "#lib/chat-protocol.ts"
import { charsOfParts } from "./chunk-text.ts"

/** Returns the chunks of a whole message, with its start and its end. */
export async function* storedChunks(message: ChatMessage): AsyncGenerator<UIMessageChunk> {
  yield startOf(message)
  yield* difference([], message.parts.map(ended))
  yield finishOf(message)
}

/** Returns the chunks of an unfinished message. Its last part and the message itself stay open for more. */
export function* begunChunks(message: ChatMessage): Generator<UIMessageChunk> {
  const last = message.parts.at(-1)
  yield startOf(message)
  yield* difference(
    [],
    message.parts.map((part) => (part === last ? open(part) : ended(part))),
  )
}

/**
 * Yields a message as it is, then what is added to it, until it is final.
 * @param versions of the message, in order; one that lags behind an earlier one is skipped
 */
export async function* growingChunks(versions: AsyncIterable<ChatMessage>): AsyncGenerator<UIMessageChunk> {
  let before: ChatMessage | undefined
  for await (const now of versions) {
    if (!before) yield startOf(now)
    const isOver = isFinal(statusOf(now))
    const known = before?.parts ?? []
    if (!isOver && extentOf(now.parts) < extentOf(known)) continue
    const parts = isOver ? now.parts.map(ended) : now.parts
    if (isExtended(known, parts)) yield* difference(known, parts)
    else yield* replacement(parts)
    if (isOver) return yield finishOf(now)
    before = now
  }
}

/** Returns false if a part that readers have was replaced, so that more text cannot make it right. */
function isExtended(before: ChatMessagePart[], now: ChatMessagePart[]): boolean {
  return before.every((known, index) => {
    const part = now[index]
    if (!part) return false
    if (isWritten(known)) return isWritten(part) && part.text.startsWith(known.text)
    return isToolUIPart(known) ? isToolUIPart(part) && part.toolCallId === known.toolCallId : part.type === known.type
  })
}

/** Returns the last step again. Only a step can be replaced, and an answer that is replaced has just one. */
function* replacement(now: ChatMessagePart[]): Generator<UIMessageChunk> {
  yield { type: "reset-step" }
  const stepAt = now.findLastIndex(({ type }) => type === "step-start")
  yield* difference(now.slice(0, stepAt + 1), now)
}

/** Measures progress: rises with each character, each part, and each part's end. */
function extentOf(parts: ChatMessagePart[]): number {
  return charsOfParts(parts) + parts.length + parts.filter((part) => !isOpen(part)).length
}

/** Returns what is new. Any part may have grown, since tools run in parallel and a text can continue below another. */
function* difference(before: ChatMessagePart[], now: ChatMessagePart[]): Generator<UIMessageChunk> {
  for (const [index, part] of now.entries()) {
    const known = before[index]
    if (part.type === "reasoning" && known?.type === "text") {
      if (isOpen(known)) yield { type: "text-end", id: String(index), providerMetadata: wasThought }
      continue
    }
    if (!known) yield* beginOf(part, index)
    yield* growthOf(part, known, index)
    if (!isOpen(part) && (!known || isOpen(known))) yield* endOf(part, index)
  }
}

function isOpen(part: ChatMessagePart): boolean {
  return isWritten(part) && part.state === "streaming"
}

function ended(part: ChatMessagePart): ChatMessagePart {
  return isWritten(part) ? { ...part, state: "done" } : part
}

function open(part: ChatMessagePart): ChatMessagePart {
  return isWritten(part) ? { ...part, state: "streaming" } : part
}

type WrittenPart = Extract<ChatMessagePart, { type: "text" | "reasoning" }>

function isWritten(part: ChatMessagePart): part is WrittenPart {
  return part.type === "text" || part.type === "reasoning"
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
  if (isWritten(part)) {
    const knownChars = known && isWritten(known) ? known.text.length : 0
    const delta = part.text.slice(knownChars)
    if (delta !== "") yield { type: `${part.type}-delta`, id: idOf(part, index), delta }
  } else if (isToolUIPart(part) && !isDeepStrictEqual(part, known))
    yield* newsOf(part, known && isToolUIPart(known) ? known : undefined)
}

function* newsOf(part: AnyToolPart, known: AnyToolPart | undefined): Generator<UIMessageChunk> {
  const { toolCallId, input } = part
  const call = { toolCallId, toolName: getToolName(part) }
  const dynamic = {
    ...(part.type === "dynamic-tool" && { dynamic: true }),
    ...(part.providerExecuted && { providerExecuted: true }),
  }
  const told = part.toolMetadata ? { toolMetadata: part.toolMetadata } : {}
  if (part.state === "input-streaming") {
    if (!known) yield { type: "tool-input-start", ...call, ...dynamic }
    return
  }
  if (!known || known.state === "input-streaming") yield { type: "tool-input-available", ...call, input, ...dynamic }
  yield* approvalOf(part, known)
  if (part.state === "output-available") {
    const preliminary = part.preliminary ? { preliminary: true } : {}
    yield { type: "tool-output-available", toolCallId, output: part.output, ...preliminary, ...dynamic, ...told }
  }
  if (part.state === "output-error" && known?.state !== "output-error")
    yield { type: "tool-output-error", toolCallId, errorText: part.errorText, ...dynamic, ...told }
}

/** Returns the question to the user and the decision, so that a reader knows that there is something to decide. */
function* approvalOf(part: AnyToolPart, known: AnyToolPart | undefined): Generator<UIMessageChunk> {
  const { approval, toolCallId } = part
  if (!approval) return
  const knownApproval = known?.approval
  if (!knownApproval) yield { type: "tool-approval-request", approvalId: approval.id, toolCallId }
  if (approval.approved !== undefined && knownApproval?.approved === undefined) {
    const { id: approvalId, approved, reason } = approval
    yield { type: "tool-approval-response", approvalId, approved, ...(reason !== undefined && { reason }) }
  }
  if (part.state === "output-denied" && known?.state !== "output-denied")
    yield { type: "tool-output-denied", toolCallId }
}

type AnyToolPart = Extract<ChatMessagePart, { toolCallId: string }>

function* endOf(part: ChatMessagePart, index: number): Generator<UIMessageChunk> {
  if (part.type === "text") yield { type: "text-end", id: idOf(part, index) }
  if (part.type === "reasoning") {
    const { providerMetadata } = part
    yield { type: "reasoning-end", id: idOf(part, index), ...(providerMetadata && { providerMetadata }) }
  }
}

/** Names a part. Reasoning keeps the id of its chunks, text does not. */
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
