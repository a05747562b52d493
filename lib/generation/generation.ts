/**
 * Runs one answer to one turn, in the process that produces it. No reader can delay it: it runs from its start until
 * the answer is stored.
 */
import type { ModelMessage, UIMessageChunk } from "ai"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { HistoryMessage } from "#db/repository/history.ts"
import type { FinalStatus, StreamEvent } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { RemoteAnswer } from "#lib/models/remote-agent.ts"
import { continuationPromptOf, promptOf } from "../prompt/prompt.ts"
import { numberedTools } from "../tools/names-sources.ts"
import { type AnswerRequest, answerChunks } from "./answer.ts"
import { answerOutput } from "./answer-output.ts"
import { type Beginning, isTakeover, lastSeqOf } from "./beginning.ts"
import type { Continuation } from "./continuation.ts"
import type { GenerationEnd } from "./ending.ts"
import { correctionsOf } from "./joining/corrections.ts"
import { chunksToJoin, joining } from "./joining/joined-run.ts"
import { type OpenParts, openParts } from "./open-parts.ts"
import { partTimes } from "./part-times.ts"
import { finishOpenParts, replayPartial } from "./resume-answer.ts"
import { answerSources } from "./sources.ts"
import { recorder } from "./storing/recorder.ts"
import { storeEnding } from "./storing/store-ending.ts"
import { isWaiting, stillWaiting } from "./unfinished-calls.ts"

export interface GenerationServices {
  repository: ChatRepository
  saveEveryChars: number
  onProblem: (error: unknown, streamId: string) => void
  /** how long readers wait for an end that cannot be stored before they are told of the delay (default 60 s) */
  storageMs?: number
}

const defaultStorageMs = 60_000

export interface GenerationRequest {
  streamId: string
  /** rises when another process takes the stream over */
  epoch: number
  /** the placeholder that this generation fills */
  messageId: string
  modelId: string
  /** Returns the question and everything before it, as it fits into the prompt. Never rejects. */
  history: (stopSignal: AbortSignal) => Promise<HistoryMessage[]>
  answer: Omit<AnswerRequest, "stopSignal" | "messages" | "joined">
  /** set if the model is an agent that runs elsewhere */
  remote?: { agent: RemoteAnswer; endRuns(): Promise<void> } | undefined
  beginning: Beginning
  /** called when the end is durable, and only if this producer stored it */
  onStored?: (status: FinalStatus) => void
}

export interface Generation {
  readonly streamId: string
  readonly epoch: number
  /** Numbered events, to be read once. The producer waits for no reader. */
  readonly events: ReadableStream<StreamEvent>
  /** Settles when the last row is written and readers have been told. Never rejects. */
  readonly ended: Promise<FinalStatus>
  stop(): void
  /**
   * Breaks off without an end, so that another process can continue: the model call is aborted, and the text so far
   * is saved and in the log. The caller releases the lease.
   */
  handOver(): void
  /** Ends without a word: another process has taken the stream over. */
  leaveToSuccessor(): void
}

/** The reason of an aborted model call whose answer another process continues: what runs elsewhere must go on. */
class HandedOver extends Error {
  override readonly name = "HandedOver"
}

export function startGeneration(services: GenerationServices, request: GenerationRequest): Generation {
  const { streamId, epoch, messageId, modelId, beginning, remote } = request
  const onProblem = (error: unknown) => services.onProblem(error, streamId)
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  const leaveToSuccessor = () => stopping.abort(new HandedOver())
  let isHandedOver = false
  const record = recorder({
    ...services,
    streamId,
    epoch,
    messageId,
    onStopRequested: stop,
    onReplaced: leaveToSuccessor,
    onProblem,
    isLeaving: () => isHandedOver,
  })
  const sources = answerSources(request.answer.tools)
  const tools = numberedTools(request.answer.tools, sources.numberOf)
  const output = answerOutput({
    epoch,
    lastSeq: lastSeqOf(beginning),
    record,
    sources,
    isHandedOver: () => isHandedOver,
  })
  const begunAtMs = performance.now() - (isTakeover(beginning) ? beginning.runningMs : 0)
  const elapsedMs = () => Math.round(performance.now() - begunAtMs)
  let firstWordMs: number | undefined

  async function run(): Promise<FinalStatus> {
    const open = openParts()
    if (beginning.kind === "only-ends") stop()
    // First of all, so that whatever ends this generation keeps the earlier text.
    if (beginning.kind === "fresh")
      output.send({ type: "start", messageId, messageMetadata: { status: "STREAMING", model: modelId } })
    else replayPartial(beginning, { open, output, sources })
    const stopSignal = stopping.signal
    const history = await request.history(stopSignal)
    const chunks = remote && chunksToJoin(beginning)
    const asksAnew = beginning.kind === "fresh" || chunks !== undefined
    const text = asksAnew
      ? undefined
      : await finishOpenParts({ beginning, open, output, record, history, tools, stopSignal })
    const messages = asksAnew
      ? await promptOf(history, tools)
      : await continuationPromptOf(history, await record.parts(), tools)
    const joined = chunks && { chunks, open }
    const end = isWaiting(await record.parts()) ? stillWaiting : await sendAnswer(messages, text, joined)
    for (const chunk of text?.end() ?? []) output.sendWithSources(chunk)
    if (end.kind === "failed") onProblem(new ChatError(end.code, { cause: end.cause }))
    // Once an agent's run is over, nothing is left that another process could join.
    const isOver = remote !== undefined && end.kind === "complete" && !isHandedOver
    if (isOver && !end.waitsForApproval) await correct(remote.agent)
    return isHandedOver && !isOver ? leave() : finish(end, messages)
  }

  async function correct(agent: RemoteAnswer): Promise<void> {
    const chunks = await correctionsOf(agent, await record.parts(), onProblem)
    // All of them or none: half of them would be less than what readers have.
    if (!isHandedOver) for (const chunk of chunks) output.sendWithSources(chunk)
  }

  async function sendAnswer(
    messages: ModelMessage[],
    text: Continuation | undefined,
    joined: { chunks: UIMessageChunk[]; open: OpenParts } | undefined,
  ): Promise<GenerationEnd> {
    if (beginning.kind === "only-ends" && beginning.as === "interrupted")
      return { kind: "interrupted", usage: undefined }
    // Stopped before the model was asked, so no call is needed.
    if (stopping.signal.aborted) {
      if (joined && !(stopping.signal.reason instanceof HandedOver)) await remote?.endRuns()
      return { kind: "stopped", usage: undefined }
    }
    const timed = partTimes()
    const unsaid = joined && joining(joined.chunks)
    if (joined) remote?.agent.join(await record.parts())
    const asked = { ...request.answer, tools, messages, joined, stopSignal: stopping.signal, onProblem }
    const answer = answerChunks(asked)
    for (;;) {
      const next = await answer.next()
      if (next.done) return next.value
      if (next.value.type !== "start-step") firstWordMs ??= elapsedMs()
      const chunk = timed(next.value)
      for (const each of text?.transform(chunk) ?? unsaid?.(chunk) ?? [chunk]) output.sendWithSources(each)
    }
  }

  async function finish(end: GenerationEnd, messages: ModelMessage[]): Promise<FinalStatus> {
    const { storageMs = defaultStorageMs, repository } = services
    const ending = await storeEnding(
      { repository, record, output, onStored: request.onStored, onProblem, storageMs },
      end,
      {
        streamId,
        modelId,
        beginning,
        isUsageLowerBound: remote !== undefined,
        isUsageKnown: !isTakeover(beginning) || (remote !== undefined && beginning.kind === "takes-over"),
        prompt: { instructions: request.answer.instructions, messages },
        cited: sources.cited,
        tookMs: elapsedMs(),
        firstWordMs,
      },
    )
    output.publishEnding(ending.chunks)
    return ending.status
  }

  async function leave(): Promise<FinalStatus> {
    await record.saveLast()
    output.publishEnding([])
    return "INTERRUPTED"
  }

  /** Stores the text so far after an error of our own, and frees the chat for its next question. */
  async function endUnexpectedly(cause: unknown): Promise<FinalStatus> {
    onProblem(cause)
    try {
      if (isHandedOver) return "INTERRUPTED"
      return await finish({ kind: "failed", code: "internal_error", cause, usage: undefined }, [])
    } catch (error) {
      // The lease runs out, and the row becomes INTERRUPTED like that of a dead producer.
      onProblem(error)
      return "INTERRUPTED"
    } finally {
      output.close()
    }
  }

  function handOver(): void {
    isHandedOver = true
    leaveToSuccessor()
  }

  const ended = run().catch(endUnexpectedly)
  return { streamId, epoch, events: output.events, ended, stop, handOver, leaveToSuccessor }
}
