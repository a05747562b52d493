/** Reads from Goose what it has stored of a turn, on a connection of its own. */
import type { AgentRun } from "#lib/agent-run.ts"
import type { GooseSettings } from "#lib/settings/goose.ts"
import { openPeer, type Peer } from "./peer.ts"
import { loadSession, type Session } from "./session.ts"
import { type AcpMessage, type SessionUpdate, updateIn } from "./shapes.ts"

export interface StoredTurn {
  /** true if the turn's question is there; what Goose could not answer at all leaves only that */
  hasBegun: boolean
  /** true if nothing was ever asked in the session */
  isEmpty: boolean
  /** the answer in the order in which it was written, one update a part */
  updates: SessionUpdate[]
  takesImages: boolean
}

/** Returns how a turn's question begins, by which it is found again. Nothing but a user's own text comes after it. */
export function markerOf({ promptId }: Pick<AgentRun, "promptId">): string {
  return `The user's message (${promptId.slice(0, 8)}):`
}

/** @returns undefined if the session is not there any more */
export async function loadTurn(settings: GooseSettings, run: AgentRun): Promise<StoredTurn | undefined> {
  const peer = await openPeer(settings)
  try {
    const turn: StoredTurn = { hasBegun: false, isEmpty: true, updates: [], takesImages: peer.takesImages }
    let isOurs = false
    let isInQuestion = false
    const isThere = await loadReading(peer, run, (message) => {
      const update = updateIn(message, run.sessionId)
      if (update?.sessionUpdate === "user_message_chunk") {
        turn.isEmpty = false
        // A question may come in pieces, of which the first has the marker.
        isOurs = (isInQuestion && isOurs) || update.content?.text.includes(markerOf(run)) === true
        turn.hasBegun ||= isOurs
      } else if (update && isOurs) turn.updates.push(update)
      if (update) isInQuestion = update.sessionUpdate === "user_message_chunk"
    })
    turn.updates = inReadingOrder(turn.updates)
    return isThere ? turn : undefined
  } finally {
    await peer.close()
  }
}

/**
 * Loads a session and hands over what it replays.
 * @returns false if it is not there any more
 */
export async function loadReading(peer: Peer, session: Session, read: (message: AcpMessage) => void): Promise<boolean> {
  const loaded = new AbortController()
  const reading = readUntil(loaded.signal)
  try {
    return await loadSession(peer, session)
  } finally {
    loaded.abort()
    await reading
  }

  async function readUntil(signal: AbortSignal): Promise<void> {
    for (;;) {
      // What came before the answer is there by now.
      const wait = signal.aborted ? { signal: new AbortController().signal, quietMs: 0 } : { signal, quietMs: 60_000 }
      const next = await peer.next(wait).catch(() => "over" as const)
      if (next === "ended" || ((next === "quiet" || next === "over") && signal.aborted && wait.quietMs === 0)) return
      if (typeof next === "object") read(next.message)
    }
  }
}

/**
 * Puts what Goose has stored of an answer in the order in which it was written: it stores the text first, and the
 * thoughts again before each call that was asked for at once.
 */
function inReadingOrder(updates: SessionUpdate[]): SessionUpdate[] {
  const ordered: SessionUpdate[] = []
  const thoughtsOfCalls = new Set<string>()
  /** where the text is that the next calls belong to */
  let textAt: number | undefined
  for (const [index, update] of updates.entries()) {
    switch (update.sessionUpdate) {
      case "agent_thought_chunk": {
        const thought = update.content?.text ?? ""
        if (thoughtsOfCalls.has(thought)) break
        thoughtsOfCalls.add(thought)
        if (textAt !== undefined && callsFollow(updates, index)) ordered.splice(textAt++, 0, update)
        else ordered.push(update)
        break
      }
      case "agent_message_chunk":
        thoughtsOfCalls.clear()
        textAt = ordered.length
        ordered.push(update)
        break
      case "tool_call":
        textAt = undefined
        ordered.push(update)
        break
      default:
        ordered.push(update)
    }
  }
  return ordered
}

function callsFollow(updates: SessionUpdate[], index: number): boolean {
  const next = updates
    .slice(index + 1)
    .find(({ sessionUpdate }) => sessionUpdate === "tool_call" || sessionUpdate === "agent_message_chunk")
  return next?.sessionUpdate === "tool_call"
}
