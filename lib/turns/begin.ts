import { randomUUID } from "node:crypto"
import { isToolUIPart } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import type { Refusal } from "#db/repository/refusal.ts"
import type { NewTurn, TurnOutcome } from "#db/repository/turns/turn.ts"
import type { ChatMessagePart, UserNews } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { OpenedStream } from "#lib/relay/relay.ts"
import type { Beginning } from "../generation/beginning.ts"
import { answeringBy, endRuns, findAgent } from "./agents.ts"
import type { ChatServices } from "./chat-services.ts"
import { type Followed, followStream } from "./follow.ts"
import { launch } from "./launch.ts"
import { recoveringFirst } from "./recovering-first.ts"
import { withKnownFiles } from "./request/named-files.ts"
import type { TurnRequest } from "./request/turn-request.ts"
import { resumePointOfPartial } from "./resume-point.ts"
import { leaseMs } from "./running-generations.ts"
import { provisionalTitle } from "./titles.ts"

export type Begun =
  /** `ended` settles when the answer is stored and the work that follows it is done */
  | { kind: "begun"; streamId: string; opened: OpenedStream; ended: Promise<unknown> }
  /** the same turn was asked for before */
  | { kind: "repeated"; streamId: string; followed: Followed }

/**
 * Begins the answer to a turn. The turn is stored and can be found before the model is asked.
 * @throws ChatError if the turn is refused; nothing is changed then
 */
export async function beginGeneration(services: ChatServices, userId: string, request: TurnRequest): Promise<Begun> {
  const { chatId } = request
  using _beginning = services.running.begin()
  const agent = findAgent(request.agent, services)
  const asks = await withKnownFiles(services.files, userId, request.asks)
  const streamId = randomUUID()
  const messageId = randomUUID()
  const generation = { chatId, userId, streamId, epoch: 1 }
  const answering = answeringBy(agent, generation, { services, requestedModelId: request.model })
  const { modelId, model, remote } = answering
  const question = request.asks.kind === "submit" ? request.asks.message.parts : []
  // The statement counts the streams of all processes, but not those that begin here at the same moment.
  const release = services.streamSlots.acquire(userId)
  const turn: NewTurn = {
    userId,
    chatId,
    streamId,
    agent: agent.slug,
    title: provisionalTitle(question),
    asks,
    answer: { id: messageId, metadata: { model: modelId } },
    leaseMs,
    needsCredits: services.config.freeCredits > 0,
    maxStreams: release ? services.config.maxStreams : 0,
    request: request.named,
  }
  const outcome = await register(services, turn).catch((error: unknown) => {
    release?.()
    throw error
  })
  if (outcome.kind === "repeated") {
    release?.()
    return { kind: "repeated", streamId: outcome.streamId, followed: await followStream(services, outcome.streamId) }
  }

  const { isNewChat, partial } = outcome
  // A decision goes on with the run that waits for it; whatever else is asked takes its place.
  const runsEnded = asks.kind === "decide" ? undefined : endRuns(services, chatId, streamId)
  const started: UserNews = { type: "turn-started", chatId, streamId, messageId }
  const created: UserNews = { type: "chat-created", chatId, agent: agent.slug, title: turn.title }
  services.events.publish(userId, ...(isNewChat ? [created, started] : [started]))
  const asked = asks.kind === "submit" ? [{ ...asks.message, role: "user" as const }] : []
  const history: HistoryMessage[] = [...outcome.history, ...asked]
  const launched = launch(services, {
    ...generation,
    messageId,
    answering,
    history,
    runsEnded,
    beginning: partial ? continuing(partial, turn) : { kind: "fresh" },
  })
  void launched.ended.then(release)
  void services.streams.appendStreamId(chatId, streamId).catch((error) => services.onProblem(error, streamId))
  const opened = await launched.opened
  const ended = launched.ended.then(async (status) => {
    if (!remote) await services.compactor.prepareNext({ chatId, modelId, model }, history)
    if (isNewChat && status === "COMPLETE")
      await services.titler.nameChat({ chatId, provisional: turn.title, question, answerId: messageId })
  })
  return { kind: "begun", streamId, opened, ended }
}

function continuing(partial: ChatMessagePart[], { answer, asks }: NewTurn): Beginning {
  const approved = asks.kind === "decide" ? asks.decisions.filter((decision) => decision.approved) : []
  const approvedCallIds = partial.flatMap((part) =>
    isToolUIPart(part) && approved.some(({ approvalId }) => approvalId === part.approval?.id) ? [part.toolCallId] : [],
  )
  const from = resumePointOfPartial(partial, { id: answer.id, model: answer.metadata.model })
  return { kind: "continues", from, approvedCallIds, isDecided: asks.kind === "decide" }
}

/** Each failed try means that another change to the chat came in between. */
const mostTries = 20

type Registered = Extract<TurnOutcome, { kind: "registered" | "repeated" }>

function register(services: ChatServices, turn: NewTurn): Promise<Registered> {
  return recoveringFirst(services, async (): Promise<Registered | Refusal> => {
    for (let tries = 0; tries <= mostTries; tries++) {
      const outcome = await services.repository.turns.register(turn)
      if (outcome.kind !== "try-again") return outcome
    }
    throw new ChatError("internal_error", { cause: new Error("the chat changed at every try") })
  })
}
