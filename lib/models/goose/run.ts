/** Follows one run of Goose's to its end, or to a question that only the user can answer. */
import { setTimeout as sleep } from "node:timers/promises"
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import type { AgentRun } from "#lib/agent-run.ts"
import { ChatError } from "#lib/errors.ts"
import { finishOf, refusalOf, usageOf } from "./finish.ts"
import type { StoredTurn } from "./load-turn.ts"
import { AcpError, type Peer } from "./peer.ts"
import { approvalIdOf } from "./permissions.ts"
import { type AcpMessage, permissionIn, promptResultSchema, updateIn } from "./shapes.ts"
import { type RunReader, runReader } from "./updates.ts"

type Part = LanguageModelV4StreamPart

/** How a run was left: "over" with its connection no longer needed, or "waiting" for a decision. */
export type RunEnd = "over" | "waiting"

export interface FollowedRun {
  peer: Peer
  run: AgentRun
  reader: RunReader
  signal: AbortSignal
  /** true if the session has answered an earlier prompt */
  isSecondTurn: boolean
  /** Sends the prompt, again if Goose was busy. */
  send(): Promise<void>
  /** Reads what Goose has stored of the turn. */
  load(): Promise<StoredTurn | undefined>
  limits?: RunLimits
}

interface RunLimits {
  /** without a message and with no tool at work, after which the model behind Goose counts as hung (default 2 min) */
  silenceMs: number
  /** without a message, after which Goose is asked whether a run that was joined still runs (default 2 s) */
  doubtMs: number
  /** for the answer of a run that is over (default 1 s) */
  lateMs: number
}
const defaultLimits: RunLimits = { silenceMs: 120_000, doubtMs: 2_000, lateMs: 1_000 }

/** @throws ChatError if the answer has failed; the signal's reason once it fires */
export async function* followRun(followed: FollowedRun): AsyncGenerator<Part, RunEnd> {
  const { peer, run, reader, signal, limits = defaultLimits } = followed
  let heardAtMs = performance.now()
  let usedBefore: number | undefined
  let isOver = false
  let mayBeBusy = true

  yield* reader.begin()
  for (;;) {
    const patienceMs = isOver ? limits.lateMs : limits.doubtMs
    const next = await peer.next({ signal, quietMs: Math.min(reader.dueInMs() ?? patienceMs, patienceMs) })
    yield* reader.due()
    if (next === "ended") throw new ChatError("agent_disconnected")
    if (next === "quiet") {
      const silentMs = performance.now() - heardAtMs
      if (silentMs < patienceMs) continue
      if (isOver) return yield* endWithoutAnswer(followed)
      if (silentMs > limits.silenceMs && !reader.isWorking()) throw new ChatError("provider_timeout")
      // The answer may have been lost with a reader that died.
      isOver = reader.isOver() || (peer.reopened > 0 && (await isActive(peer, run)) === false)
      continue
    }
    const { message } = next
    heardAtMs = performance.now()
    if (message.id === run.promptId && message.method === undefined) {
      if (message.error && mayBeBusy && !reader.hasSaid() && (await freed(peer, run, message))) {
        mayBeBusy = false
        await followed.send()
        continue
      }
      yield* endWith(message, reader, usedBefore)
      return "over"
    }
    const permission = permissionIn(message, run.sessionId)
    if (permission) {
      yield* reader.ask(permission, approvalIdOf(permission, message))
      yield waitingFinish()
      return "waiting"
    }
    const update = updateIn(message, run.sessionId)
    if (update?.sessionUpdate === "usage_update" && followed.isSecondTurn) usedBefore ??= update.used
    if (update) yield* reader.read(update)
  }
}

/** Ends a stream whose answer goes on after the user's decision. */
export function waitingFinish(): Part {
  return {
    type: "finish",
    finishReason: { unified: "tool-calls", raw: "request_permission" },
    usage: usageOf({ usage: undefined }, undefined),
  }
}

function* endWith(message: AcpMessage, reader: RunReader, usedBefore: number | undefined): Generator<Part> {
  const { parts, last } = reader.end()
  yield* parts
  if (message.error) throw refusalOf(message.error)
  const result = promptResultSchema.safeParse(message.result).data ?? { stopReason: "end_turn" }
  const finish = finishOf(result, last, reader.hasSaid())
  if ("error" in finish) throw finish.error
  yield { type: "finish", finishReason: finish.reason, usage: usageOf(result, usedBefore) }
}

/**
 * Ends a run that is over and whose answer went to a process that is gone. A prompt that never reached Goose is sent
 * now: what Goose has stored tells, so that none is ever answered twice.
 */
async function* endWithoutAnswer(followed: FollowedRun): AsyncGenerator<Part, RunEnd> {
  const { run, reader, load, send } = followed
  const turn = await load()
  if (!turn) throw new ChatError("agent_disconnected")
  if (!turn.hasBegun && !reader.hasSaid()) {
    await send()
    return yield* followRun(followed)
  }
  yield* reader.end().parts
  if (!reader.hasSaid()) {
    const stored = runReader(run.promptId)
    for (const update of turn.updates) yield* stored.read(update)
    yield* stored.end().parts
    if (!stored.hasSaid()) throw new ChatError("agent_reported_error")
  }
  // Words that were lost are put right by the corrections.
  yield {
    type: "finish",
    finishReason: { unified: "stop", raw: undefined },
    usage: usageOf({ usage: undefined }, undefined),
  }
  return "over"
}

/** No run has this name, so that nothing is ever added to one. */
const noRun = "none"

/**
 * Asks Goose whether a run is active in the session, by a request that it must refuse.
 * @returns undefined if this Goose cannot tell
 */
async function isActive(peer: Peer, { sessionId }: AgentRun): Promise<boolean | undefined> {
  try {
    const prompt = [{ type: "text", text: "Is anybody there?" }]
    await peer.request("_goose/unstable/session/steer", { sessionId, expectedRunId: noRun, prompt })
    return undefined
  } catch (error) {
    if (!(error instanceof AcpError) || error.code !== -32602) return undefined
    return typeof error.data === "object" ? true : error.data === "no active run to steer" ? false : undefined
  }
}

const busyTries = 30

/**
 * Ends somebody else's run in our session, if that is why a prompt was refused.
 * @returns true if the prompt can be sent again
 */
async function freed(peer: Peer, run: AgentRun, { error }: AcpMessage): Promise<boolean> {
  if (error?.code !== -32602) return false
  for (let tries = 0; tries < busyTries; tries++) {
    const isBusy = await isActive(peer, run)
    if (isBusy !== true) return tries > 0
    await peer.send(undefined, "session/cancel", { sessionId: run.sessionId })
    await sleep(100)
  }
  return false
}
