/**
 * What becomes of a generation whose producer died: this process goes on with it in the same stream, or marks it.
 * Called by whoever notices: a follower, the next turn, the sweeper.
 */
import type { ClaimedGeneration } from "#db/repository/end-generation.ts"
import { type ChatMessage, isFinal } from "#lib/chat-protocol.ts"
import { findAgent, modelFor, toolsIn } from "./agents.ts"
import type { ChatServices } from "./chat-services.ts"
import { type CarriedOn, startGeneration } from "./generation.ts"
import { withFiles } from "./prompt-files.ts"
import { leaseMs } from "./running-generations.ts"
import { charsOfChunk, charsOfParts } from "./said-chars.ts"
import { begunChunks } from "./stored-chunks.ts"

/** The first producer and two that take over; what kills three will kill the fourth. */
const maxEpoch = 3
/** So many at a time: a process that died may have left more than another should take at once. */
const dead = 20

/** @returns "running" where this process or another one carries it on; "ended" where it was marked */
export async function recover(services: ChatServices, streamId: string): Promise<"running" | "ended"> {
  if (services.running.find(streamId)) {
    // We live; only the database did not hear of it for a while.
    await services.running.renew()
    return "running"
  }
  const claimed = services.config.carriesOn
    ? await services.chats.claimDead({ streamId, leaseMs, maxEpoch })
    : undefined
  if (claimed) await carryOn(services, claimed)
  else await interrupt(services, streamId)
  return (await services.chats.findStream(streamId))?.isRunning ? "running" : "ended"
}

export async function recoverAll(services: ChatServices): Promise<void> {
  for (const streamId of await services.chats.listDead(dead)) await recover(services, streamId)
}

async function interrupt(services: ChatServices, streamId: string): Promise<void> {
  for (const { userId, isRunning: _, status, ...turn } of await services.chats.interruptDead(streamId))
    if (isFinal(status)) services.events.publish(userId, { type: "turn-ended", ...turn, status })
}

async function carryOn(services: ChatServices, claimed: ClaimedGeneration): Promise<void> {
  const { streamId, epoch, message, chatId, userId } = claimed
  const agent = findAgent(claimed.agent)
  const { id: modelId, model } = modelFor(agent, services.models, message.model)
  const carriesOn = await leftBy(services, claimed)
  const generation = startGeneration(
    { chats: services.chats, saveEveryChars: services.config.saveEveryChars, onProblem: services.onProblem },
    {
      streamId,
      epoch,
      messageId: message.id,
      modelId,
      history: async (stopSignal) => {
        const fitting = await services.compactor.fit({ ...claimed, modelId, model }, claimed.history, stopSignal)
        return withFiles(services, fitting)
      },
      answer: { model, instructions: agent.instructions, tools: toolsIn(claimed, agent, services) },
      carriesOn,
      onStored: (status) =>
        services.events.publish(userId, { type: "turn-ended", chatId, streamId, messageId: message.id, status }),
    },
  )
  services.running.add(generation)
  const opened = await services.relay.resumableStream(streamId, () => generation.events, {
    onStop: generation.stop,
    before: carriesOn.before,
  })
  // Nobody asked this process for the answer: its first reader is not there.
  await opened.items.cancel()
}

/**
 * The log knows most, unless a save was faster than its last batch: what was stored once is not taken back.
 * Without a log, what is stored is at most a save behind.
 */
async function leftBy(services: ChatServices, { streamId, message }: ClaimedGeneration): Promise<CarriedOn> {
  const log = await services.relay.readLog(streamId).catch((error: unknown) => void services.onProblem(error, streamId))
  const loggedChars = log?.reduce((sum, { chunk }) => sum + charsOfChunk(chunk), 0) ?? 0
  if (log && loggedChars >= charsOfParts(message.parts)) return { before: log, replay: [], isTakeover: true }
  const stored: ChatMessage = {
    id: message.id,
    role: "assistant",
    parts: message.parts,
    metadata: { status: "STREAMING", ...(message.model && { model: message.model }) },
  }
  return { before: [], replay: [...begunChunks(stored)], isTakeover: true }
}
