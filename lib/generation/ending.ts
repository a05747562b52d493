import type { FinishReason, UIMessageChunk } from "ai"
import type { FinalStatus, MessageMetadata } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { busyUntil } from "#lib/models/retry-soon.ts"
import type { AnswerEnd } from "./answer.ts"

/** How a generation ends: what is stored of it, and the last chunks for its readers. */
export interface Ending {
  status: FinalStatus
  metadata: Omit<MessageMetadata, "status">
  chunks: UIMessageChunk[]
}

/** "interrupted": the producer died, and no process continues the answer */
export type GenerationEnd = AnswerEnd | { kind: "interrupted"; usage: undefined; leftOut?: undefined }

export function endingOf(end: GenerationEnd, known: Omit<MessageMetadata, "status" | "error">): Ending {
  switch (end.kind) {
    case "complete": {
      // Clients refuse a stream that ends with an unknown reason.
      const finishReason = finishReasons.includes(end.finishReason) ? end.finishReason : "other"
      const metadata = isCut(finishReason) && !end.waitsForApproval ? { ...known, cutBy: finishReason } : known
      const messageMetadata = { ...metadata, status: "COMPLETE" }
      return { status: "COMPLETE", metadata, chunks: [{ type: "finish", finishReason, messageMetadata }] }
    }
    case "stopped":
      return { status: "STOPPED", metadata: known, chunks: [metadataOf("STOPPED", known), { type: "abort" }] }
    case "interrupted":
      return failedEnding("INTERRUPTED", new ChatError("interrupted"), known)
    case "failed":
      return busyEnding(failedEnding("ERROR", new ChatError(end.code), known), busyUntil(end.cause))
  }
}

const finishReasons: FinishReason[] = [
  "stop",
  "length",
  "content-filter",
  "tool-calls",
  "error",
  "interrupted",
  "other",
]

function isCut(reason: FinishReason): reason is NonNullable<MessageMetadata["cutBy"]> {
  return reason === "length" || reason === "content-filter" || reason === "tool-calls"
}

/** Adds the time from which the provider can be asked again, if it named one. */
function busyEnding(ending: Ending, until: Date | undefined): Ending {
  const { error } = ending.metadata
  if (!error || !until) return ending
  const metadata = { ...ending.metadata, error: { ...error, retryAt: until.toISOString() } }
  return { ...ending, metadata, chunks: [metadataOf(ending.status, metadata), ...ending.chunks.slice(1)] }
}

/** Builds the end of an answer that failed or was interrupted. */
export function failedEnding(
  status: FinalStatus,
  error: ChatError,
  known: Omit<MessageMetadata, "status"> = {},
): Ending {
  const metadata = { ...known, error: errorMetadata(error) }
  return { status, metadata, chunks: [metadataOf(status, metadata), { type: "error", errorText: error.message }] }
}

/** Builds the last chunks of an answer whose end waits for the database: without a status, since none is stored. */
export function delayedEnding(): UIMessageChunk[] {
  const error = errorMetadata(new ChatError("storage_unavailable"))
  return [
    { type: "message-metadata", messageMetadata: { error } },
    { type: "error", errorText: error.message },
  ]
}

function errorMetadata({ code, message, kind }: ChatError): NonNullable<MessageMetadata["error"]> {
  return { code, message, retryable: kind.retryable ?? false }
}

function metadataOf(status: FinalStatus, metadata: Omit<MessageMetadata, "status">): UIMessageChunk {
  return { type: "message-metadata", messageMetadata: { ...metadata, status } }
}
