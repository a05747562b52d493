/** Finds what is left to resume of an answer: as the log has it, or as its row has it. */
import type { ClaimedGeneration } from "#db/repository/turns/end-generation.ts"
import type { ChatMessage, ChatMessagePart } from "#lib/chat-protocol.ts"
import type { ResumePoint } from "../generation/beginning.ts"
import { charCounter, charsOfParts } from "../generation/chunk-text.ts"
import { reopened } from "../generation/open-parts.ts"
import { begunChunks } from "../generation/stored-chunks.ts"
import type { ChatServices } from "./chat-services.ts"

/**
 * Reads what a dead producer left. The log has most, unless a save was faster than its last batch: nothing stored is
 * ever taken back. Without a log, the row is at most one save behind.
 */
export async function resumePointOf(
  { relay, onProblem }: Pick<ChatServices, "relay" | "onProblem">,
  { streamId, message }: Pick<ClaimedGeneration, "streamId" | "message">,
): Promise<ResumePoint> {
  const log = await relay.readLog(streamId).catch((error: unknown) => void onProblem(error, streamId))
  const logged = charCounter()
  for (const { chunk } of log ?? []) logged.count(chunk)
  if (log && logged.chars >= charsOfParts(message.parts)) return { logged: log, replay: [] }
  return { logged: [], replay: replayOf(message) }
}

/** Returns another generation's answer without its end, to be replayed under a new message's id. */
export function resumePointOfPartial(
  partial: ChatMessagePart[],
  answer: { id: string; model: string | undefined },
): ResumePoint {
  return { logged: [], replay: replayOf({ ...answer, parts: partial.map(reopened) }) }
}

function replayOf({ id, parts, model }: ClaimedGeneration["message"]): ResumePoint["replay"] {
  const message: ChatMessage = {
    id,
    role: "assistant",
    parts,
    metadata: { status: "STREAMING", ...(model && { model }) },
  }
  return [...begunChunks(message)]
}
