/**
 * What becomes of a generation whose producer died: this process takes it over, and goes on with it in the same stream,
 * or ends it with all that is known of it. Called by whoever notices: a follower, the next turn, the sweeper.
 */
import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { ClaimedGeneration } from "#db/repository/turns/end-generation.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { charsOfChunk, charsOfParts } from "../generation/chunk-text.ts"
import { type CarriedOn, type GenerationRequest, startGeneration } from "../generation/generation.ts"
import { begunChunks } from "../generation/stored-chunks.ts"
import { withFiles } from "../prompt/prompt-files.ts"
import { findAgent, modelFor, toolsIn } from "./agents.ts"
import type { ChatServices } from "./chat-services.ts"
import { leaseMs } from "./running-generations.ts"

/** The first producer and two that go on; what kills three will kill the fourth. */
const maxEpoch = 3
/** So many at a time: a process that died may have left more than another should take at once. */
const dead = 20

/** @returns "running" where this process or another one goes on with it */
export async function recover(services: ChatServices, streamId: string): Promise<"running" | "ended"> {
  if (services.running.find(streamId)) {
    // We live; only the database did not hear of it for a while.
    await services.running.renew()
    return "running"
  }
  const lastEpoch = services.config.carriesOn ? maxEpoch : 1
  const claimed = await services.chats.claimDead({ streamId, leaseMs, maxEpoch: lastEpoch })
  if (claimed) await takeOver(services, claimed)
  return (await services.chats.findStream(streamId))?.isRunning ? "running" : "ended"
}

export async function recoverAll(services: ChatServices): Promise<void> {
  for (const streamId of await services.chats.listDead(dead)) {
    // One that cannot be recovered is the first of the list each time: it must not keep the others from being.
    await recover(services, streamId).catch((error: unknown) => services.onProblem(error, streamId))
  }
}

/** @returns once somebody goes on with it, or its end is stored */
async function takeOver(services: ChatServices, claimed: ClaimedGeneration): Promise<void> {
  const { streamId, epoch, message, chatId, userId } = claimed
  const answering = answeringOf(services, claimed)
  const ends = { as: claimed.fate === "stopped" ? "stopped" : "interrupted", isHeard: services.relay.keepsLog } as const
  const { modelId, model, answer } = answering ?? noAnswering(services, claimed)
  const carriesOn: CarriedOn = { ...(await leftBy(services, claimed)), ...(!answering && { ends }) }
  const generation = startGeneration(
    { chats: services.chats, saveEveryChars: services.config.saveEveryChars, onProblem: services.onProblem },
    {
      streamId,
      epoch,
      messageId: message.id,
      modelId,
      history: async (stopSignal) => {
        const chat = { chatId, modelId, model }
        const fitting = await services.compactor.fit(chat, claimed.history, stopSignal)
        return withFiles(services, fitting)
      },
      answer,
      carriesOn,
      onStored: (status) =>
        services.events.publish(userId, { type: "turn-ended", chatId, streamId, messageId: message.id, status }),
    },
  )
  services.running.add(generation)
  if (services.relay.keepsLog) {
    const opened = await services.relay.resumableStream(streamId, () => generation.events, {
      onStop: generation.stop,
      before: carriesOn.before,
    })
    // Nobody asked this process for the answer: its first reader is not there.
    await opened.items.cancel()
  } else await generation.events.cancel()
  if (!answering) await generation.ended
}

type Answering = Pick<GenerationRequest, "modelId" | "answer"> & { model: LanguageModelV4 }

/** @returns undefined where nobody goes on, also because its agent or model is not on offer any more */
function answeringOf(services: ChatServices, claimed: ClaimedGeneration): Answering | undefined {
  if (claimed.fate !== "goes-on") return undefined
  try {
    const agent = findAgent(claimed.agent)
    const { id: modelId, model } = modelFor(agent, services.models, claimed.message.model)
    const tools = toolsIn(claimed, agent, services)
    return { modelId, model, answer: { model, instructions: agent.instructions, tools } }
  } catch (error) {
    services.onProblem(error, claimed.streamId)
    return undefined
  }
}

/** Of an answer that is only ended: its model is named, and none is asked. */
function noAnswering({ models }: ChatServices, { message }: ClaimedGeneration): Answering {
  const { id, model } = models.get()
  return { modelId: message.model ?? id, model, answer: { model, instructions: "", tools: {} } }
}

/**
 * The log knows most, unless a save was faster than its last batch: what was stored once is not taken back.
 * Without a log, what is stored is at most a save behind.
 */
async function leftBy(services: ChatServices, { streamId, message, runningMs }: ClaimedGeneration): Promise<CarriedOn> {
  const log = await services.relay.readLog(streamId).catch((error: unknown) => void services.onProblem(error, streamId))
  const loggedChars = log?.reduce((sum, { chunk }) => sum + charsOfChunk(chunk), 0) ?? 0
  const taken = { isTakeover: true, runningMs }
  if (log && loggedChars >= charsOfParts(message.parts)) return { ...taken, before: log, replay: [] }
  const stored: ChatMessage = {
    id: message.id,
    role: "assistant",
    parts: message.parts,
    metadata: { status: "STREAMING", ...(message.model && { model: message.model }) },
  }
  return { ...taken, before: [], replay: [...begunChunks(stored)] }
}
