import type { ModelMessage } from "ai"
import type { StreamRepository } from "#db/repository/stream-repository.ts"
import type { FinalStatus, Usage } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { AnswerOutput } from "../answer-output.ts"
import { type Beginning, isTakeover } from "../beginning.ts"
import { delayedEnding, type Ending, endingOf, failedEnding, type GenerationEnd } from "../ending.ts"
import type { CitedSource } from "../sources.ts"
import { usageOf } from "./charge.ts"
import type { Recorder } from "./recorder.ts"

/** What the last row needs to know about the generation. */
export interface EndedAnswer {
  streamId: string
  modelId: string
  beginning: Beginning
  /** false if a dead producer took what was reported with it, so that all of it is estimated */
  isUsageKnown: boolean
  /** true if what is reported is a part of what was used */
  isUsageLowerBound: boolean
  /** what the model was given */
  prompt: { instructions: string; messages: ModelMessage[] }
  cited: CitedSource[]
  tookMs: number
  firstWordMs: number | undefined
}

interface EndingServices {
  repository: { streams: Pick<StreamRepository, "find"> }
  record: Recorder
  output: AnswerOutput
  /** called when the end is durable, and only if this producer stored it */
  onStored: ((status: FinalStatus) => void) | undefined
  onProblem: (error: unknown) => void
  /** how long readers wait for an end that cannot be stored before they are told of the delay */
  storageMs: number
}

/**
 * Stores how an answer ended, with its charge. Readers are told only after that, so that a reader who finds nothing
 * running finds the whole answer.
 * @returns the status and what readers still have to be told; never rejects because of the database
 */
export async function storeEnding(
  { repository, record, output, onStored, onProblem, storageMs }: EndingServices,
  end: GenerationEnd,
  answer: EndedAnswer,
): Promise<Ending> {
  const { beginning, streamId, modelId, cited } = answer
  const reported = answer.isUsageKnown ? end.usage : undefined
  const hasNotBegun = beginning.kind === "only-ends" && (await record.parts()).length === 0
  const { chars, hasCalled } = output.said
  const isLost = (end.kind === "failed" || hasNotBegun) && chars === 0 && !hasCalled
  const isReportedLater = answer.isUsageLowerBound && end.kind === "complete" && end.waitsForApproval === true
  const used = usageOf(reported, answer.prompt, { chars, isLost, isReportedLater })
  const isLowerBound = answer.isUsageLowerBound && !used.estimated && used.inputTokens + used.outputTokens > 0
  const usage: Usage = isLowerBound ? { ...used, isLowerBound } : used
  // Readers received their first word from the dead producer, not from this one.
  const firstWordMs = isTakeover(beginning) ? undefined : answer.firstWordMs
  const ending = endingOf(end, {
    model: modelId,
    usage,
    tookMs: answer.tookMs,
    ...(firstWordMs !== undefined && { firstWordMs }),
    ...(end.leftOut && { leftOut: end.leftOut }),
  })
  const { status, metadata, chunks } = ending
  using _delayed = setTimeout(() => output.publishEnding(delayedEnding()), storageMs)
  try {
    const isStored = await record.end(() => ({
      status,
      metadata,
      sources: cited,
      charge: { model: modelId, usage },
      lastEventId: beginning.kind === "only-ends" && !beginning.reachesReaders ? null : output.idAhead(chunks.length),
    }))
    if (isStored === undefined) return { ...ending, chunks: [] }
    if (!isStored) return await endingOfReplaced(repository.streams, streamId)
    onStored?.(status)
    return ending
  } catch (cause) {
    onProblem(new ChatError("storage_unavailable", { cause }))
    return failedEnding("INTERRUPTED", new ChatError("storage_unavailable"))
  }
}

/** Cuts readers off without an end if another process continues the stream: they find it there. */
async function endingOfReplaced(streams: Pick<StreamRepository, "find">, streamId: string): Promise<Ending> {
  const row = await streams.find(streamId)
  const ending = failedEnding("INTERRUPTED", new ChatError(row ? "interrupted" : "chat_deleted"))
  return row?.isRunning ? { ...ending, chunks: [] } : ending
}
