/**
 * Goose as an agent. A run of Goose's over HTTP outlives the process that began it, so another process joins it where
 * readers have got to. Everything that is known of Goose's behaviour is in `docs/how/goose.md`.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { getToolName, isToolUIPart } from "ai"
import type { AgentRun, AgentRuns } from "#lib/agent-run.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { GooseSettings } from "#lib/settings/goose.ts"
import { collected } from "../openai/reader/collect.ts"
import type { RemoteAgent, RemoteAnswer } from "../remote-agent.ts"
import { ConnectionGone } from "./connection.ts"
import { correctionsOf } from "./corrections.ts"
import { cancelRun, endRemotely } from "./end-run.ts"
import { loadReading, loadTurn, markerOf } from "./load-turn.ts"
import { acpAddress, isHttp, openPeer, type Peer, reopenPeer } from "./peer.ts"
import { permissionAnswer } from "./permissions.ts"
import { goosePrompt } from "./prompt.ts"
import { type FollowedRun, followRun, waitingFinish } from "./run.ts"
import { chatFolder, newSession, type Session } from "./session.ts"
import { streamOf } from "./stream-of.ts"
import { runReader } from "./updates.ts"

interface GooseOptions {
  runs: AgentRuns
  onProblem: (error: unknown) => void
}

const cancelWithinMs = 3_000
/** More than a database takes; nothing waits for it. */
const storedWithinMs = 2_000
/** At a handover the next process waits for us. */
const leaveWithinMs = 1_000

export function gooseAgent(settings: GooseSettings, { runs, onProblem }: GooseOptions): RemoteAgent {
  /** work that goes on behind an answer's end */
  const pending = new Set<Promise<void>>()
  const closing = new AbortController()
  /** connections that cannot be opened again, and whose runs wait for a decision */
  const kept = new Map<string, Peer>()

  function inBackground(work: Promise<void>): void {
    const done = work.catch(onProblem).finally(() => pending.delete(done))
    pending.add(done)
  }

  return {
    answer: (generation) => gooseAnswer(generation),

    async endRuns(chatId, exceptStreamId) {
      try {
        const open = await runs.listOpen(chatId, exceptStreamId)
        await Promise.all(
          open.map(async ({ streamId, run }) => {
            const peer = kept.get(run.connectionId)
            kept.delete(run.connectionId)
            if (peer) await cancelRun(peer, run, { withinMs: leaveWithinMs })
            else if (isHttp(settings)) await endRemotely(acpAddress(settings), run)
            await runs.close(streamId)
          }),
        )
      } catch (error) {
        onProblem(error)
      }
    },

    async close() {
      closing.abort()
      for (const peer of kept.values()) inBackground(peer.close())
      await Promise.all(pending)
    },
  }

  function gooseAnswer(generation: { chatId: string; streamId: string; epoch: number }): RemoteAnswer {
    const { chatId, streamId } = generation
    let known: ChatMessagePart[] | undefined
    /** the run, once it has ended well */
    let over: { run: AgentRun; peer: Peer } | undefined

    async function* parts(call: LanguageModelV4CallOptions, signal: AbortSignal): AsyncGenerator<Part> {
      let peer: Peer | undefined
      let run: AgentRun | undefined
      let isLeft = false
      try {
        run = await earlierRun()
        const followed = run ? await joined(run, call, signal) : await begun(call, signal)
        ;({ peer, run } = followed)
        yield { type: "stream-start", warnings: followed.warnings }
        const waiting = known?.filter(isUndecided) ?? []
        const end = waiting.length > 0 ? yield* askAgain(waiting) : yield* followRun(followed)
        isLeft = true
        if (end === "over") {
          peer.leave()
          over = { run, peer }
        } else if (peer.isDurable) peer.leave()
        else kept.set(peer.id, peer)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        yield { type: "error", error: errorOf(error) }
      } finally {
        if (peer && run && !isLeft) inBackground(leave(peer, run, signal))
        else if (run && !isLeft && !isHandedOver(signal)) inBackground(runs.close(streamId))
      }
    }

    /** @throws ChatError if there was one, and it cannot be joined */
    async function earlierRun(): Promise<AgentRun | undefined> {
      if (known === undefined && generation.epoch === 1) return undefined
      const run = await runs.find(streamId)
      if (!run && known?.some(({ type }) => type !== "step-start")) throw new ChatError("agent_disconnected")
      return run
    }

    /** Ends the connection of a run that is over, once its answer is stored: until then another process may join it. */
    async function closeStored(peer: Peer): Promise<void> {
      await sleep(storedWithinMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
      await peer.close()
      await runs.close(streamId)
    }

    /** Leaves a run that is not over: alone if another process joins it, else by ending it. */
    async function leave(peer: Peer, run: AgentRun, signal: AbortSignal): Promise<void> {
      if (isHandedOver(signal) && peer.isDurable) return peer.leave()
      await cancelRun(peer, run, { withinMs: isHandedOver(signal) ? leaveWithinMs : cancelWithinMs })
      await runs.close(streamId)
    }

    /** Begins a run: in the session of the turn before, or in a new one that is told the history. */
    async function begun({ prompt }: LanguageModelV4CallOptions, signal: AbortSignal): Promise<Followed> {
      const cwd = await chatFolder(settings.workDir, chatId)
      const previous = await runs.findPrevious(streamId)
      signal.throwIfAborted()
      const peer = await openPeer(settings)
      try {
        const isSecondTurn = previous?.cwd === cwd && (await loadReading(peer, previous, () => undefined))
        const session: Session = isSecondTurn ? previous : await newSession(peer, cwd)
        const run = { ...pick(session), connectionId: peer.id, promptId: streamId }
        const { takesImages } = peer
        const { blocks, warnings } = goosePrompt(prompt, { marker: markerOf(run), isNew: !isSecondTurn, takesImages })
        const send = () => peer.send(run.promptId, "session/prompt", { sessionId: run.sessionId, prompt: blocks })
        signal.throwIfAborted()
        // Where the run is must be known before it begins: the process may end at any time.
        if (!(await runs.save(generation, run))) throw new ChatError("interrupted")
        await send()
        const reader = runReader(run.promptId)
        return { peer, run, reader, signal, isSecondTurn, warnings, send, load: () => loadTurn(settings, run) }
      } catch (error) {
        await peer.close()
        throw error
      }
    }

    /** Joins a run that another process, or an earlier generation, has begun. */
    async function joined(
      run: AgentRun,
      { prompt }: LanguageModelV4CallOptions,
      signal: AbortSignal,
    ): Promise<Followed> {
      const shown = known ?? []
      if (!(await runs.save(generation, run))) throw new ChatError("interrupted")
      const keptPeer = kept.get(run.connectionId)
      kept.delete(run.connectionId)
      const peer = keptPeer ?? (await reopenPeer(settings, run.connectionId, run.sessionId))
      // A decision may have been sent by a process that died; Goose takes the first one.
      for (const { approvalId, approved } of decisionsIn(shown, run)) {
        const { id, result } = permissionAnswer(approvalId, approved)
        await peer.respond(id, result, run.sessionId)
      }
      const load = () => loadTurn(settings, run)
      async function send(): Promise<void> {
        const turn = await load()
        const isNew = turn?.isEmpty !== false
        const takesImages = turn?.takesImages === true
        const { blocks } = goosePrompt(prompt, { marker: markerOf(run), isNew, takesImages })
        await peer.send(run.promptId, "session/prompt", { sessionId: run.sessionId, prompt: blocks })
      }
      const reader = runReader(run.promptId, shown)
      return { peer, run, reader, signal, isSecondTurn: false, warnings: [], send, load }
    }

    return {
      modelId: "goose",
      model: modelOf(parts),
      join(shown) {
        known = shown
      },
      async corrections(shown) {
        if (!over) return []
        const { run, peer } = over
        inBackground(closeStored(peer))
        if (peer.reopened === 0) return []
        try {
          const turn = await loadTurn(settings, run)
          return turn?.hasBegun ? correctionsOf(run.promptId, shown, turn) : []
        } catch (error) {
          // The answer is as good as it was without Goose's store.
          onProblem(error)
          return []
        }
      },
    }
  }
}

type Part = LanguageModelV4StreamPart
type Followed = FollowedRun & { warnings: Extract<Part, { type: "stream-start" }>["warnings"] }

function modelOf(parts: (call: LanguageModelV4CallOptions, signal: AbortSignal) => AsyncGenerator<Part>) {
  const model: LanguageModelV4 = {
    specificationVersion: "v4",
    provider: "goose",
    modelId: "goose",
    supportedUrls: {},
    async doStream(call) {
      return { stream: streamOf((signal) => parts(call, signal), call.abortSignal) }
    },
    doGenerate: async (call) => collected(await model.doStream(call)),
  }
  return model
}

function pick({ sessionId, sessionCreatedAt, cwd }: Session): Session {
  return { sessionId, sessionCreatedAt, cwd }
}

function isUndecided(part: ChatMessagePart): boolean {
  return isToolUIPart(part) && part.state === "approval-requested"
}

/** Asks once more what an earlier process has asked, so that the answer ends waiting as it should have. */
function* askAgain(waiting: ChatMessagePart[]): Generator<Part, "waiting"> {
  for (const part of waiting) {
    if (!isToolUIPart(part) || !part.approval) continue
    const { toolCallId, input, approval } = part
    const called = {
      toolCallId,
      toolName: getToolName(part),
      input: JSON.stringify(input ?? {}),
      providerExecuted: true,
      dynamic: true,
    }
    yield { type: "tool-call", ...called }
    yield { type: "tool-approval-request", approvalId: approval.id, toolCallId }
  }
  yield waitingFinish()
  return "waiting"
}

function decisionsIn(shown: ChatMessagePart[], { promptId }: AgentRun) {
  return shown.flatMap((part) => {
    if (!isToolUIPart(part) || !part.toolCallId.startsWith(`${promptId}:`)) return []
    const isOpen =
      part.state === "approval-responded" || part.state === "output-denied" || part.state === "input-available"
    const { id, approved } = part.approval ?? {}
    return isOpen && id !== undefined && approved !== undefined ? [{ approvalId: id, approved }] : []
  })
}

/** Tells whether another process carries on with what we leave. */
function isHandedOver(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof Error && signal.reason.name === "HandedOver"
}

/** Names a failure without the words of Goose, which may have addresses in them. */
function errorOf(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  if (error instanceof ConnectionGone) return new ChatError("agent_disconnected", { cause: error })
  return new ChatError("agent_unavailable", { cause: error })
}
