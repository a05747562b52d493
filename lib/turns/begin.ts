import { randomUUID } from "node:crypto"
import { isToolUIPart } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import type { NewTurn, TurnOutcome } from "#db/repository/turns/turn.ts"
import type { ChatMessage, ChatMessagePart, UserNews } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { OpenedStream } from "#lib/relay/relay.ts"
import { type CarriedOn, startGeneration } from "../generation/generation.ts"
import { reopened } from "../generation/open-parts.ts"
import { begunChunks } from "../generation/stored-chunks.ts"
import { withFiles } from "../prompt/prompt-files.ts"
import { findAgent, modelFor, toolsIn } from "./agents.ts"
import type { ChatServices } from "./chat-services.ts"
import { type Followed, followStream } from "./follow.ts"
import { withKnownFiles } from "./named-files.ts"
import { recoveringFirst } from "./recovering-first.ts"
import { leaseMs } from "./running-generations.ts"
import { provisionalTitle } from "./titles.ts"
import type { TurnRequest } from "./turn-request.ts"

export type Begun =
  /** `ended` settles when the answer is stored and what is to be done after it, too */
  | { kind: "begun"; streamId: string; opened: OpenedStream; ended: Promise<unknown> }
  /** the same turn was asked for before */
  | { kind: "repeated"; streamId: string; followed: Followed }

/**
 * Begins the answer to a turn: stored and findable before the model is asked.
 * @throws ChatError where the turn is refused; nothing is changed then
 */
export async function beginGeneration(services: ChatServices, userId: string, request: TurnRequest): Promise<Begun> {
  const agent = findAgent(request.agent)
  const asks = await withKnownFiles(services.files, userId, request.asks)
  const { id: modelId, model } = modelFor(agent, services.models, request.model)
  const streamId = randomUUID()
  const messageId = randomUUID()
  // The statement counts the streams of all processes; of turns that begin at once here it would see none.
  const giveBack = services.streamPlaces.take(userId)
  const question = request.asks.kind === "submit" ? request.asks.message.parts : []
  const turn: NewTurn = {
    userId,
    chatId: request.chatId,
    streamId,
    agent: agent.slug,
    title: provisionalTitle(question),
    asks,
    answer: { id: messageId, metadata: { model: modelId } },
    leaseMs,
    needsCredits: services.config.freeCredits > 0,
    mostStreams: giveBack ? services.config.mostStreams : 0,
    request: request.named,
  }
  const outcome = await register(services, turn).catch((error: unknown) => {
    giveBack?.()
    throw error
  })
  if (outcome.kind === "repeated") {
    giveBack?.()
    return { kind: "repeated", streamId: outcome.streamId, followed: await followStream(services, outcome.streamId) }
  }

  const { chatId } = request
  const started: UserNews = { type: "turn-started", chatId, streamId, messageId }
  const created: UserNews = { type: "chat-created", chatId, agent: agent.slug, title: turn.title }
  services.events.publish(userId, ...(outcome.isNewChat ? [created, started] : [started]))
  const chat = { chatId, modelId, model }
  const asked = asks.kind === "submit" ? [{ ...asks.message, role: "user" as const }] : []
  const history: HistoryMessage[] = [...outcome.history, ...asked]
  const generation = startGeneration(
    { chats: services.chats, saveEveryChars: services.config.saveEveryChars, onProblem: services.onProblem },
    {
      streamId,
      epoch: 1,
      messageId,
      modelId,
      history: async (stopSignal) => withFiles(services, await services.compactor.fit(chat, history, stopSignal)),
      answer: { model, instructions: agent.instructions, tools: toolsIn({ chatId, userId }, agent, services) },
      ...(outcome.partial && { carriesOn: carriedOn(outcome.partial, turn) }),
      onStored: (status) => services.events.publish(userId, { ...started, type: "turn-ended", status }),
    },
  )
  services.running.add(generation)
  void generation.ended.then(giveBack)
  void services.streams.appendStreamId(chatId, streamId).catch((error) => services.onProblem(error, streamId))
  const opened = await services.relay.resumableStream(streamId, () => generation.events, { onStop: generation.stop })
  const { isNewChat } = outcome
  const ended = generation.ended.then(async (status) => {
    await services.compactor.prepareNext(chat, history)
    if (isNewChat && status === "COMPLETE")
      await services.titler.nameChat({ chatId, provisional: turn.title, question, answerId: messageId })
  })
  return { kind: "begun", streamId, opened, ended }
}

/** Another generation's answer, which this one shows first: under its own id, and with its end taken back. */
function carriedOn(partial: ChatMessagePart[], { answer, asks }: NewTurn): CarriedOn {
  const message: ChatMessage = {
    id: answer.id,
    role: "assistant",
    parts: partial.map(reopened),
    metadata: { ...answer.metadata, status: "STREAMING" },
  }
  const approved = asks.kind === "decide" ? asks.decisions.filter((decision) => decision.approved) : []
  const approvedCallIds = partial.flatMap((part) =>
    isToolUIPart(part) && approved.some(({ approvalId }) => approvalId === part.approval?.id) ? [part.toolCallId] : [],
  )
  return {
    before: [],
    replay: [...begunChunks(message)],
    isTakeover: false,
    approvedCallIds,
  }
}

/** Each try that fails means that somebody else's change to the chat was done in between. */
const mostTries = 20

type Registered = Extract<TurnOutcome, { kind: "registered" | "repeated" }>

async function register(services: ChatServices, turn: NewTurn): Promise<Registered> {
  let outcome = await recoveringFirst(services, () => services.chats.registerTurn(turn))
  for (let tries = 0; outcome.kind === "try-again" && tries < mostTries; tries++)
    outcome = await services.chats.registerTurn(turn)
  switch (outcome.kind) {
    case "registered":
    case "repeated":
      return outcome
    case "busy":
      throw new ChatError("generation_running", { streamId: outcome.streamId })
    case "no-credits":
      throw new ChatError("quota_exceeded")
    case "too-many-streams":
      throw new ChatError("too_many_streams")
    case "chat-not-found":
      throw new ChatError("chat_not_found")
    case "message-not-found":
      throw new ChatError("message_not_found")
    case "message-not-editable":
      throw new ChatError("message_not_editable")
    case "nothing-to-continue":
      throw new ChatError("nothing_to_continue")
    case "approval-invalid":
      throw new ChatError("approval_invalid")
    case "message-id-conflict":
      throw new ChatError("message_id_conflict")
    case "idempotency-mismatch":
      throw new ChatError("idempotency_mismatch")
    case "try-again":
      throw new ChatError("internal_error", { cause: new Error("the chat changed at every try") })
  }
}
