/**
 * Recovers answers whose producer died: this process takes over, and continues the stream or ends it with what is
 * known. A follower, the next turn and the sweeper each call it when they notice.
 */
import type { ClaimedGeneration } from "#db/repository/turns/end-generation.ts"
import { ChatError } from "#lib/errors.ts"
import type { Beginning } from "../generation/beginning.ts"
import { type Answering, answeringBy, endRuns, findAgent } from "./agents.ts"
import type { ChatServices } from "./chat-services.ts"
import { relaunch } from "./launch.ts"
import { resumePointOf } from "./resume-point.ts"
import { leaseMs } from "./running-generations.ts"

/** The first producer and two more: an answer that killed three would kill a fourth. */
const maxEpoch = 3
/** One process must not take over everything that a dead one left. */
const deadStreamsPerSweep = 20

/** Takes a dead producer's stream over. @returns "running" if this process or another one continues it */
export async function recover(services: ChatServices, streamId: string): Promise<"running" | "ended"> {
  if (services.running.find(streamId)) {
    // This process is alive, but the database has not heard from it for a while.
    await services.running.renew()
    return "running"
  }
  const lastEpoch = services.config.continuesAfterCrash ? maxEpoch : 1
  const claimed = await services.repository.streams.claimDead({ streamId, leaseMs, maxEpoch: lastEpoch })
  if (claimed) await takeOver(services, claimed)
  return (await services.repository.streams.find(streamId))?.isRunning ? "running" : "ended"
}

/** Recovers the streams that have been dead for the longest. */
export async function recoverAll(services: ChatServices): Promise<void> {
  for (const streamId of await services.repository.streams.listDead(deadStreamsPerSweep)) {
    // A stream that cannot be recovered heads the list each time; it must not keep the others from recovery.
    await recover(services, streamId).catch((error: unknown) => services.onProblem(error, streamId))
  }
}

/**
 * Recovers one stream.
 * @returns once this process continues the answer, or its end is stored
 */
async function takeOver(services: ChatServices, claimed: ClaimedGeneration): Promise<void> {
  const { chatId, userId, streamId, epoch, history, message, runningMs } = claimed
  const answering = answeringOf(services, claimed)
  const from = await resumePointOf(services, claimed)
  const beginning: Beginning = answering
    ? { kind: "takes-over", from, runningMs }
    : {
        kind: "only-ends",
        from,
        runningMs,
        as: claimed.disposition === "stopped" ? "stopped" : "interrupted",
        reachesReaders: services.relay.keepsLog,
      }
  const runsEnded = answering ? undefined : endRuns(services, chatId)
  const { ended } = await relaunch(services, {
    chatId,
    userId,
    streamId,
    epoch,
    messageId: message.id,
    answering: answering ?? noAnswering(services, claimed),
    history,
    beginning,
  })
  if (answering) return
  await ended
  await runsEnded
}

/** @returns undefined if the answer only ends, also because its agent or model is no longer on offer */
function answeringOf(services: ChatServices, claimed: ClaimedGeneration): Answering | undefined {
  if (claimed.disposition !== "goes-on") return undefined
  try {
    const agent = findAgent(claimed.agent, services)
    const requestedModelId = claimed.message.model
    const answering = answeringBy(agent, claimed, { services, requestedModelId })
    // Another agent began this answer, in a chat of this one.
    if (answering.modelId !== (requestedModelId ?? answering.modelId)) throw new ChatError("model_not_allowed")
    return answering
  } catch (error) {
    services.onProblem(error, claimed.streamId)
    return undefined
  }
}

/** Names the model of an answer that only ends, so no model or tool is called. */
function noAnswering({ models }: ChatServices, { message }: ClaimedGeneration): Answering {
  const { id, model } = models.get()
  return { modelId: message.model ?? id, model, instructions: "", tools: {} }
}
