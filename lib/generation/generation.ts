/**
 * One answering of one turn, in the process that produces it. It depends on nobody who reads: it runs from the moment
 * it is started and has ended when the answer is stored.
 */
import type { UIMessageChunk } from "ai"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import { type FinalStatus, parseEventId, type StreamEvent } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { type AnswerEnd, type AnswerRequest, answerChunks } from "./answer.ts"
import { usageOf } from "./charge.ts"
import { type Ending, endingOf, failedEnding } from "./ending.ts"
import { eventSource } from "./event-source.ts"
import { openParts } from "./open-parts.ts"
import { recorder } from "./recorder.ts"
import { type CitedSource, citedSources } from "./sources.ts"
import { chunkCleaner } from "./well-formed.ts"

export interface GenerationServices {
  chats: ChatRepository
  saveEveryChars: number
  onProblem: (error: unknown, streamId: string) => void
}

export interface GenerationRequest {
  streamId: string
  /** rises when another process carries the generation on */
  epoch: number
  /** of the placeholder this generation fills */
  messageId: string
  modelId: string
  answer: Omit<AnswerRequest, "stopSignal">
  /** where another producer died: this one goes on from there */
  carriesOn?: CarriedOn
}

export interface CarriedOn {
  /** events that are in the log already: readers have them, or will */
  before: StreamEvent[]
  /** where there is no log any more: what is stored, to be sent once more under this epoch */
  replay: UIMessageChunk[]
}

export interface Generation {
  readonly streamId: string
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
  const { before = [], replay = [] } = request.carriesOn ?? {}
  const source = eventSource(epoch, seqOf(before.at(-1)))
  const record = recorder({
    ...services,
    streamId,
    epoch,
    messageId,
    onStopRequested: stop,
    onReplaced: stop,
    onProblem,
  })
  const cited: CitedSource[] = []
  const isFirstMention = citedSources(cited)
  let answerChars = 0

  function send(chunk: UIMessageChunk): void {
    record.record(source.send(chunk))
  }

  async function run(): Promise<FinalStatus> {
    if (request.carriesOn) takeUp()
    else send({ type: "start", messageId, messageMetadata: { status: "STREAMING", model: modelId } })
    const end = await sendAnswer()
    if (end.kind === "failed") onProblem(new ChatError(end.code, { cause: end.cause }))
    const ending = isHandedOver ? await leave() : await store(end)
    for (const chunk of ending.chunks) source.send(chunk)
    source.close()
    return ending.status
  }

  /** What the producer before has said counts as said; what it left open is closed. */
  function takeUp(): void {
    const open = openParts()
    for (const event of before) {
      record.record(event)
      note(open.follow(event.chunk))
    }
    for (const chunk of replay) {
      send(open.follow(chunk))
      note(chunk)
    }
    for (const chunk of open.closing()) send(chunk)
  }

  function note(chunk: UIMessageChunk): boolean {
    if (chunk.type === "text-delta" || chunk.type === "reasoning-delta") answerChars += chunk.delta.length
    return isFirstMention(chunk)
  }

  async function sendAnswer(): Promise<AnswerEnd> {
    const clean = chunkCleaner()
    const answer = answerChunks({ ...request.answer, stopSignal: stopping.signal })
    for (;;) {
      const next = await answer.next()
      if (next.done) return next.value
      for (const chunk of clean(next.value)) {
        if (note(chunk)) send(chunk)
      }
    }
  }

  /** Readers hear of the end only when it is stored: who finds nothing running finds the whole answer. */
  async function store(end: AnswerEnd): Promise<Ending> {
    // Of a producer that died nobody knows what it used: then all is estimated.
    const reported = request.carriesOn ? undefined : end.usage
    const usage = usageOf(reported, request.answer, answerChars)
    const ending = endingOf(end, { model: modelId, usage })
    try {
      const { status, metadata, chunks } = ending
      const lastEventId = source.idAhead(chunks.length)
      const charge = { model: modelId, usage }
      const isStored = await record.end({ status, metadata, lastEventId, sources: cited, charge })
      return isStored ? ending : await endingOfReplaced()
    } catch (cause) {
      onProblem(new ChatError("storage_unavailable", { cause }))
      return failedEnding("INTERRUPTED", new ChatError("storage_unavailable"))
    }
  }

  async function leave(): Promise<Ending> {
    await record.saveLast()
    return { status: "INTERRUPTED", metadata: {}, chunks: [] }
  }

  /** Where another process carries the stream on, readers here are cut off without an end, and find it there. */
  async function endingOfReplaced(): Promise<Ending> {
    const ending = failedEnding("INTERRUPTED", new ChatError("interrupted"))
    const row = await services.chats.findStream(streamId)
    return row?.isRunning ? { ...ending, chunks: [] } : ending
  }

  // Not expected to fail; if it does, the lease runs out and the row becomes INTERRUPTED like any other's.
  const ended = run().catch((error: unknown): FinalStatus => {
    onProblem(error)
    source.close()
    return "INTERRUPTED"
  })
  function handOver(): void {
    isHandedOver = true
    stop()
  }

  return { streamId, events: source.events, ended, stop, handOver }
}

function seqOf(event: StreamEvent | undefined): number {
  return event === undefined ? 0 : (parseEventId(event.id)?.seq ?? 0)
}
