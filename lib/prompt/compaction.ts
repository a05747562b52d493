/**
 * Keeps a long chat within the model's context. First the work of older turns (thoughts and tools' outputs) is left
 * out, then a summary replaces the older turns. The summary is written after an answer has ended, so that the next
 * question need not wait for it; only if that was not enough, another is written before the model is asked.
 */
import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { HistoryMessage } from "#db/repository/history.ts"
import { withinLimit } from "#lib/limits/time-limit.ts"
import { splitAtTurn, tokensOf, withoutOldestTurns, withoutOldWork } from "./context-budget.ts"
import { summaryOf } from "./summary.ts"

export interface CompactorOptions {
  repository: { messages: Pick<ChatRepository["messages"], "findHistory" | "addCompaction"> }
  /** maximum of tokens of history in a prompt, estimated */
  contextTokens: number
  onProblem: (error: unknown) => void
}

/** A chat, and the model that writes its summary: the one that answers. Its tokens are not charged. */
export interface CompactedChat {
  chatId: string
  modelId: string
  model: LanguageModelV4
}

export interface Compactor {
  /**
   * Makes the history fit into a prompt. Mostly it already does; otherwise this may take a model call. Never rejects:
   * without a summary, the oldest turns are left out, and the log says so.
   */
  fit(chat: CompactedChat, history: HistoryMessage[], stopSignal: AbortSignal): Promise<HistoryMessage[]>
  /**
   * Prepares the next prompt after an answer has ended. Never rejects.
   * @param history the history that the answer was given
   */
  prepareNext(chat: CompactedChat, history: HistoryMessage[]): Promise<void>
}

/** A prompt fuller than this after an answer is compacted before the next question arrives. */
const fullShare = 0.75
/** Below this share, only an answer longer than half the budget could matter, so the next prompt is not checked. */
const idleShare = 0.25
/** The share that a compaction leaves to the newest turns. */
const keepShare = 0.4
/** The largest share of a summary. */
const summaryShare = 0.15
/** The longest that a question waits for a summary. */
const maxWaitMs = 30_000

/** A summary of all messages up to a given one. */
interface Summarised {
  upToMessageId: string
  summary: string
}

export function compactor({ repository, contextTokens, onProblem }: CompactorOptions): Compactor {
  /** one per chat at a time; a second caller shares the first one's result */
  const underWay = new Map<string, Promise<Summarised | undefined>>()

  function summarise(
    chat: CompactedChat,
    history: HistoryMessage[],
    signal: AbortSignal,
  ): Promise<Summarised | undefined> {
    const running = underWay.get(chat.chatId)
    if (running) return running
    // Some providers ignore the abort signal.
    const work = Promise.race([write(chat, history, signal), whenAborted(signal)])
      .catch((error: unknown) => void onProblem(error))
      .finally(() => underWay.delete(chat.chatId))
    underWay.set(chat.chatId, work)
    return work
  }

  async function write(
    { chatId, model, modelId }: CompactedChat,
    history: HistoryMessage[],
    signal: AbortSignal,
  ): Promise<Summarised | undefined> {
    const [older] = splitAtTurn(history, contextTokens * keepShare)
    const last = older.at(-1)
    if (!last || last.summary !== undefined) return undefined
    const summary = await summaryOf({
      model,
      history: older,
      mostTokens: Math.floor(contextTokens * summaryShare),
      tokensAtOnce: Math.floor(contextTokens / 2),
      signal,
    })
    const summarised: HistoryMessage = { ...last, parts: [], summary }
    const tokens = { tokensBefore: tokensOf(older), tokensAfter: tokensOf([summarised]) }
    // The prompt gets the summary even if it cannot be stored.
    await repository.messages
      .addCompaction({ chatId, upToMessageId: last.id, summary, ...tokens, model: modelId })
      .catch(onProblem)
    return { upToMessageId: last.id, summary }
  }

  async function compact(
    chat: CompactedChat,
    history: HistoryMessage[],
    signal: AbortSignal,
  ): Promise<HistoryMessage[]> {
    let compacted = history
    // Tries twice, since a summary that was already being written may not reach the end of this history.
    for (let tries = 0; tries < 2 && tokensOf(compacted) > contextTokens && !signal.aborted; tries++) {
      const summarised = await Promise.race([summarise(chat, compacted, signal), whenAborted(signal)])
      if (!summarised) break
      compacted = replaced(compacted, summarised)
    }
    return compacted
  }

  function leaveOut(history: HistoryMessage[]): HistoryMessage[] {
    if (tokensOf(history) <= contextTokens) return history
    const rest = withoutOldestTurns(withoutOldWork(history, 1), contextTokens)
    const count = history.length - rest.length
    if (count > 0) onProblem(new Error(`${count} messages did not fit into the prompt and were left out`))
    return rest
  }

  return {
    async fit(chat, history, stopSignal) {
      if (tokensOf(history) <= contextTokens) return history
      const pruned = withoutOldWork(history)
      if (tokensOf(pruned) <= contextTokens) return pruned
      return leaveOut(await withinLimit(maxWaitMs, (signal) => compact(chat, pruned, signal), stopSignal))
    },

    async prepareNext(chat, history) {
      if (tokensOf(history) < contextTokens * idleShare) return
      try {
        const next = withoutOldWork(await repository.messages.findHistory(chat.chatId))
        if (tokensOf(next) <= contextTokens * fullShare) return
        await withinLimit(2 * maxWaitMs, (signal) => summarise(chat, next, signal))
      } catch (error) {
        onProblem(error)
      }
    },
  }
}

function replaced(history: HistoryMessage[], summarised: Summarised | undefined): HistoryMessage[] {
  const index = history.findIndex(({ id }) => id === summarised?.upToMessageId)
  const last = history[index]
  if (!last || !summarised) return history
  return [{ ...last, parts: [], summary: summarised.summary }, ...history.slice(index + 1)]
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener("abort", () => resolve(undefined), { once: true })
  })
}
