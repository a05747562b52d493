/**
 * One answering of one turn, in the process that produces it. It depends on nobody who reads: it runs from the moment
 * it is started and has ended when the answer is stored.
 */
import { isToolUIPart, type ModelMessage, type UIMessageChunk } from "ai"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { HistoryMessage } from "#db/repository/history.ts"
import { type ChatMessagePart, type FinalStatus, parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { goOnPromptOf, promptOf } from "../prompt/prompt.ts"
import { numberedTools } from "../tools/names-sources.ts"
import { type AnswerEnd, type AnswerRequest, answerChunks } from "./answer.ts"
import { usageOf } from "./charge.ts"
import { type Continuation, continuationOf } from "./continuation.ts"
import { delayedEnding, type Ending, endingOf, failedEnding, type GenerationEnd } from "./ending.ts"
import { eventSource } from "./event-source.ts"
import { type OpenParts, openParts } from "./open-parts.ts"
import { partTimes } from "./part-times.ts"
import { recorder } from "./recorder.ts"
import { answerSources } from "./sources.ts"
import { settledCalls } from "./unfinished-calls.ts"

export interface GenerationServices {
  chats: ChatRepository
  saveEveryChars: number
  onProblem: (error: unknown, streamId: string) => void
  /** how long readers wait for an end that cannot be stored, before they are told so (default 60 s) */
  storageMs?: number
}

const defaultStorageMs = 60_000

export interface GenerationRequest {
  streamId: string
  /** rises when another process carries the generation on */
  epoch: number
  /** of the placeholder this generation fills */
  messageId: string
  modelId: string
  /** what is answered and all before it, as it fits into the prompt; never rejects */
  history: (stopSignal: AbortSignal) => Promise<HistoryMessage[]>
  answer: Omit<AnswerRequest, "stopSignal" | "messages">
  /** where an answer broke off: this generation goes on from there */
  carriesOn?: CarriedOn
  /** told when the end is durable, and only by the producer that made it so */
  onStored?: (status: FinalStatus) => void
}

export interface CarriedOn {
  /** events that are in the log already: readers have them, or will */
  before: StreamEvent[]
  /** where there is no such log: what is stored, to be sent once more under this epoch */
  replay: UIMessageChunk[]
  /** true: this generation's own producer died, and its charge is for both. false: another generation's answer */
  isTakeover: boolean
  /** how long the generation had been running when it was taken over (default 0) */
  runningMs?: number
  /** Nobody goes on: the answer ends with what there is of it, and neither model nor tool is asked. */
  ends?: {
    as: "stopped" | "interrupted"
    /** its readers are told by these events, and so may name the last one as their position */
    isHeard: boolean
  }
  /** the user has just approved these calls: they are run from what is stored, first of all */
  approvedCallIds?: string[]
}

export interface Generation {
  readonly streamId: string
  readonly epoch: number
  /** Numbered, from the first. To be read once; nothing waits for its reader. */
  readonly events: ReadableStream<StreamEvent>
  /** settles when the last row is written and readers are told; never rejects */
  readonly ended: Promise<FinalStatus>
  stop(): void
  /**
   * Breaks off without an end, for another process to go on: the model is let go, what was said is saved and in the log.
   * The lease is for the caller to release.
   */
  handOver(): void
}

export function startGeneration(services: GenerationServices, request: GenerationRequest): Generation {
  const { streamId, epoch, messageId, modelId } = request
  const onProblem = (error: unknown) => services.onProblem(error, streamId)
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  let isHandedOver = false
  let isTold = false
  const source = eventSource(epoch, seqOf(request.carriesOn?.before.at(-1)))
  const record = recorder({
    ...services,
    streamId,
    epoch,
    messageId,
    onStopRequested: stop,
    onReplaced: stop,
    onProblem,
    isLeaving: () => isHandedOver,
  })
  const sources = answerSources(request.answer.tools)
  const tools = numberedTools(request.answer.tools, sources.numberOf)
  let answerChars = 0
  let hasCalled = false
  const begunAtMs = performance.now() - (request.carriesOn?.runningMs ?? 0)
  const elapsedMs = () => Math.round(performance.now() - begunAtMs)
  let firstWordMs: number | undefined

  function send(chunk: UIMessageChunk): void {
    // What a producer that leaves breaks off stays open, for the next one to go on with.
    if (!isHandedOver) record.record(source.send(chunk))
  }

  async function run(): Promise<FinalStatus> {
    const { carriesOn } = request
    const open = openParts()
    if (carriesOn?.ends) stop()
    // First of all: whatever ends this, what was said before is kept.
    if (carriesOn) takeUp(carriesOn, open)
    else send({ type: "start", messageId, messageMetadata: { status: "STREAMING", model: modelId } })
    const history = await request.history(stopping.signal)
    const text = carriesOn && (await settle(open, history))
    const messages = carriesOn
      ? await goOnPromptOf(history, await record.parts(), tools)
      : await promptOf(history, tools)
    const end = isWaiting(await record.parts()) ? stillWaiting : await sendAnswer(messages, text)
    for (const chunk of text?.end() ?? []) sayOnce(chunk)
    if (end.kind === "failed") onProblem(new ChatError(end.code, { cause: end.cause }))
    const ending = isHandedOver ? await leave() : await store(end, messages)
    tellReaders(ending.chunks)
    return ending.status
  }

  /** What was said before counts as said. */
  function takeUp({ before, replay, isTakeover }: CarriedOn, open: OpenParts): void {
    for (const event of before) {
      record.record(event)
      const chunk = open.follow(event.chunk)
      measure(chunk)
      sources.heard(chunk)
    }
    // A tool's output may be in the log without the sources that belong behind it.
    for (const chunk of sources.due()) send(chunk)
    for (const chunk of replay) sayOnce(open.follow(chunk))
    if (isTakeover) return
    answerChars = 0
    hasCalled = false
  }

  /** Calls that were left open get their result; a text that was left open is gone on with; any other part is closed. */
  async function settle(open: OpenParts, history: HistoryMessage[]): Promise<Continuation | undefined> {
    const messages = await promptOf(history, tools)
    const { approvedCallIds } = request.carriesOn ?? {}
    const context = { tools, messages, stopSignal: stopping.signal, approvedCallIds }
    for await (const chunk of settledCalls(open.calls(), context)) sayOnce(open.follow(chunk))
    const textId = open.takeLastText()
    for (const chunk of open.closing()) send(chunk)
    const last = (await record.parts()).at(-1)
    return textId !== undefined && last?.type === "text" ? continuationOf({ id: textId, text: last.text }) : undefined
  }

  /** A source that was mentioned before is left out; one that a tool has found follows its output. */
  function sayOnce(chunk: UIMessageChunk): void {
    measure(chunk)
    for (const each of sources.follow(chunk)) send(each)
  }

  function measure(chunk: UIMessageChunk): void {
    if (chunk.type === "text-delta" || chunk.type === "reasoning-delta") answerChars += chunk.delta.length
    // A call without arguments is kept as well.
    if (chunk.type.startsWith("tool-input-")) hasCalled = true
    if (chunk.type === "tool-input-delta") answerChars += chunk.inputTextDelta.length
  }

  async function sendAnswer(messages: ModelMessage[], text: Continuation | undefined): Promise<GenerationEnd> {
    if (request.carriesOn?.ends?.as === "interrupted") return { kind: "interrupted", usage: undefined }
    // What was stopped before the model was asked need not ask it.
    if (stopping.signal.aborted) return { kind: "stopped", usage: undefined }
    const timed = partTimes()
    const answer = answerChunks({ ...request.answer, tools, messages, stopSignal: stopping.signal, onProblem })
    for (;;) {
      const next = await answer.next()
      if (next.done) return next.value
      if (next.value.type !== "start-step") firstWordMs ??= elapsedMs()
      const chunk = timed(next.value)
      for (const joined of text?.follow(chunk) ?? [chunk]) sayOnce(joined)
    }
  }

  /** Readers hear of the end only when it is stored: who finds nothing running finds the whole answer. */
  async function store(end: GenerationEnd, messages: ModelMessage[]): Promise<Ending> {
    const { carriesOn } = request
    // Of a producer that died nobody knows what it used: then all is estimated.
    const reported = carriesOn?.isTakeover ? undefined : end.usage
    const hasNotBegun = carriesOn?.ends !== undefined && (await record.parts()).length === 0
    const isLost = (end.kind === "failed" || hasNotBegun) && answerChars === 0 && !hasCalled
    const said = { chars: answerChars, isLost }
    const usage = usageOf(reported, { ...request.answer, messages }, said)
    // The first word that a dead producer sent is not the one that was heard here.
    const first = carriesOn?.isTakeover ? undefined : firstWordMs
    const times = { tookMs: elapsedMs(), ...(first !== undefined && { firstWordMs: first }) }
    const leftOut = end.leftOut && { leftOut: end.leftOut }
    const ending = endingOf(end, { model: modelId, usage, ...times, ...leftOut })
    const { status, metadata, chunks } = ending
    const charge = { model: modelId, usage }
    const telling = setTimeout(() => tellReaders(delayedEnding()), services.storageMs ?? defaultStorageMs)
    try {
      const lastRow = () => {
        const lastEventId = carriesOn?.ends?.isHeard === false ? null : source.idAhead(chunks.length)
        return { status, metadata, sources: sources.cited, charge, lastEventId }
      }
      const isStored = await record.end(lastRow)
      if (isStored === undefined) return { ...ending, chunks: [] }
      if (!isStored) return await endingOfReplaced()
      request.onStored?.(status)
      return ending
    } catch (cause) {
      onProblem(new ChatError("storage_unavailable", { cause }))
      return failedEnding("INTERRUPTED", new ChatError("storage_unavailable"))
    } finally {
      clearTimeout(telling)
    }
  }

  /** The last that readers hear, once. What is stored later, they find stored. */
  function tellReaders(chunks: UIMessageChunk[]): void {
    if (isTold) return
    isTold = true
    for (const chunk of chunks) source.send(chunk)
    source.close()
  }

  async function leave(): Promise<Ending> {
    await record.saveLast()
    return { status: "INTERRUPTED", metadata: {}, chunks: [] }
  }

  /** Where another process carries the stream on, readers here are cut off without an end, and find it there. */
  async function endingOfReplaced(): Promise<Ending> {
    const row = await services.chats.findStream(streamId)
    const ending = failedEnding("INTERRUPTED", new ChatError(row ? "interrupted" : "chat_deleted"))
    return row?.isRunning ? { ...ending, chunks: [] } : ending
  }

  /** Nobody knows what failed. What was said is kept, and the chat is free for its next question. */
  async function endUnexpectedly(cause: unknown): Promise<FinalStatus> {
    onProblem(cause)
    try {
      if (isHandedOver) return "INTERRUPTED"
      const ending = await store({ kind: "failed", code: "internal_error", cause, usage: undefined }, [])
      tellReaders(ending.chunks)
      return ending.status
    } catch (error) {
      // The lease runs out, and the row becomes INTERRUPTED like any other's.
      onProblem(error)
      return "INTERRUPTED"
    } finally {
      source.close()
    }
  }

  const ended = run().catch(endUnexpectedly)
  function handOver(): void {
    isHandedOver = true
    stop()
  }

  return { streamId, epoch, events: source.events, ended, stop, handOver }
}

/** Of several calls the user has decided on some: the model is asked when there is something to say to it on each. */
function isWaiting(parts: ChatMessagePart[]): boolean {
  return parts.some((part) => isToolUIPart(part) && part.state === "approval-requested")
}

const stillWaiting: AnswerEnd = {
  kind: "complete",
  finishReason: "tool-calls",
  waitsForApproval: true,
  usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0, estimated: false },
}

function seqOf(event: StreamEvent | undefined): number {
  return event === undefined ? 0 : (parseEventId(event.id)?.seq ?? 0)
}
