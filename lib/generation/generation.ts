/**
 * Runs one answer to one turn, in the process that produces it. No reader can delay it: it runs from its start until
 * the answer is stored.
 */
import type { ModelMessage } from "ai"
import type { FinalStatus, StreamEvent } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { RemoteAnswer } from "#lib/models/remote-agent.ts"
import { numberedTools } from "../tools/names-sources.ts"
import { sendAnswer } from "./answer.ts"
import { answerOutput } from "./answer-output.ts"
import { isTakeover, lastSeqOf } from "./beginning.ts"
import type { GenerationEnd } from "./ending.ts"
import type { GenerationRequest, GenerationServices } from "./generation-request.ts"
import { correctionsOf } from "./joining/corrections.ts"
import { HandedOver } from "./joining/joined-run.ts"
import { openParts } from "./open-parts.ts"
import { partTimes } from "./part-times.ts"
import { type AnswerStart, replayPartial, startOf } from "./resume-answer.ts"
import { answerSources } from "./sources.ts"
import { recorder } from "./storing/recorder.ts"
import { storeEnding } from "./storing/store-ending.ts"
import { isWaiting, stillWaiting } from "./unfinished-calls.ts"

const defaultStorageMs = 60_000

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
    const isRemote = remote !== undefined
    const start = await startOf({ beginning, open, output, record, history, tools, stopSignal, isRemote })
    const end = isWaiting(await record.parts()) ? stillWaiting : await ask(start)
    for (const chunk of start.continuation?.end() ?? []) output.sendWithSources(chunk)
    if (end.kind === "failed") onProblem(new ChatError(end.code, { cause: end.cause }))
    // Once an agent's run is over, nothing is left that another process could join.
    const isOver = isRemote && end.kind === "complete" && !isHandedOver
    if (isOver && !end.waitsForApproval) await correct(remote.agent)
    return isHandedOver && !isOver ? leave() : finish(end, start.messages)
  }

  async function correct(agent: RemoteAnswer): Promise<void> {
    const chunks = await correctionsOf(agent, await record.parts(), onProblem)
    // All of them or none: half of them would be less than what readers have.
    if (!isHandedOver) for (const chunk of chunks) output.sendWithSources(chunk)
  }

  async function ask({ messages, continuation, joined }: AnswerStart): Promise<GenerationEnd> {
    if (beginning.kind === "only-ends" && beginning.as === "interrupted")
      return { kind: "interrupted", usage: undefined }
    // Stopped before the model was asked, so no call is needed.
    if (stopping.signal.aborted) {
      if (joined && !(stopping.signal.reason instanceof HandedOver)) await remote?.endRuns()
      return { kind: "stopped", usage: undefined }
    }
    const timed = partTimes()
    if (joined) remote?.agent.join(await record.parts())
    return sendAnswer(
      { ...request.answer, tools, messages, joined, stopSignal: stopping.signal, onProblem },
      (sent) => {
        if (sent.type !== "start-step") firstWordMs ??= elapsedMs()
        const chunk = timed(sent)
        for (const each of continuation?.transform(chunk) ?? [chunk]) output.sendWithSources(each)
      },
    )
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
