import type { HistoryMessage } from "#db/repository/history.ts"
import type { FinalStatus } from "#lib/chat-protocol.ts"
import type { OpenedStream } from "#lib/relay/relay.ts"
import { remoteAnswerLimits } from "../generation/answer-limits.ts"
import { type Beginning, isTakeover } from "../generation/beginning.ts"
import { type Generation, startGeneration } from "../generation/generation.ts"
import { withFiles } from "../prompt/prompt-files.ts"
import { type Answering, endRuns } from "./agents.ts"
import type { ChatServices } from "./chat-services.ts"

/** A registered turn, with everything that its answer needs. */
export interface LaunchedTurn {
  chatId: string
  userId: string
  streamId: string
  epoch: number
  /** the placeholder that the answer fills */
  messageId: string
  answering: Answering
  history: HistoryMessage[]
  beginning: Beginning
  /** settles once nothing else runs for the chat elsewhere, so that an agent's session is free; undefined: nothing does */
  runsEnded?: Promise<void> | undefined
}

/**
 * Starts the answer to a turn and opens its stream to readers.
 * @returns `ended` settles when the answer is stored; `opened` rejects if the relay fails; the answer continues
 */
export function launch(
  services: ChatServices,
  turn: LaunchedTurn,
): { ended: Promise<FinalStatus>; opened: Promise<OpenedStream> } {
  const generation = start(services, turn)
  return { ended: generation.ended, opened: open(services, generation, turn.beginning) }
}

/**
 * Starts the rest of an answer whose producer died. Without a log its stream cannot be reopened: readers then find
 * the stored answer.
 * @returns once readers can follow; `ended` settles when the answer is stored
 */
export async function relaunch(services: ChatServices, turn: LaunchedTurn): Promise<{ ended: Promise<FinalStatus> }> {
  const generation = start(services, turn)
  if (services.relay.keepsLog) {
    const opened = await open(services, generation, turn.beginning)
    // The relay opens a stream for a first reader, but this process was asked by none.
    await opened.items.cancel()
  } else await generation.events.cancel()
  return { ended: generation.ended }
}

function start(services: ChatServices, turn: LaunchedTurn): Generation {
  const { repository, config, onProblem, compactor, events, running } = services
  const { chatId, userId, streamId, epoch, messageId, answering, history, beginning } = turn
  const { modelId, model, instructions, tools, remote } = answering
  // An agent that runs elsewhere keeps its own session, and its model writes no summaries for us.
  const fit = async (stopSignal: AbortSignal) => {
    if (!remote) return compactor.fit({ chatId, modelId, model }, history, stopSignal)
    await turn.runsEnded
    return history
  }
  const generation = startGeneration(
    { repository, saveEveryChars: config.saveEveryChars, onProblem },
    {
      streamId,
      epoch,
      messageId,
      modelId,
      history: async (stopSignal) => withFiles(services, await fit(stopSignal)),
      answer: { model, instructions, tools, ...(remote && { limits: remoteAnswerLimits }) },
      remote: remote && { agent: remote, endRuns: () => endRuns(services, chatId) },
      beginning,
      onStored: (status) => events.publish(userId, { type: "turn-ended", chatId, streamId, messageId, status }),
    },
  )
  running.add(generation)
  return generation
}

function open({ relay }: ChatServices, generation: Generation, beginning: Beginning): Promise<OpenedStream> {
  return relay.resumableStream(generation.streamId, () => generation.events, {
    onStop: generation.stop,
    ...(isTakeover(beginning) && { before: beginning.from.logged }),
  })
}
