import type { UIMessageChunk } from "ai"
import { type EventId, endsStream, parseEventId } from "#lib/chat-protocol.ts"
import { problemOf, StreamReset, StreamSilent } from "./chat-problem.ts"
import { pauseOrOnline } from "./fetch-with-retry.ts"
import { firstToAbort } from "./first-to-abort.ts"
import { readEvents } from "./read-events.ts"
import type { PresenceChange, TabPresence } from "./tab-presence.ts"

/**
 * "live": events arrive. "taken-over": they do, and a server writes them that did not begin the answer.
 * "reconnecting": they should, and do not. "idle": none are expected.
 */
export type ConnectionState = "idle" | "live" | "taken-over" | "reconnecting"

export interface RepairOptions {
  /** whoever reads has gone */
  signal: AbortSignal
  /** the first response follows a stream, and did not begin it */
  isFollowing: boolean
  /** false: a stream that is let go cannot be continued */
  isResumable: boolean
  watchPresence(onChange: (change: PresenceChange) => void): TabPresence
  follow(position: EventId | undefined): Promise<Response>
  onConnectionChange(state: ConnectionState): void
  /** a connection that was lost is there again */
  onReconnected(): void
}

/** The server says at least a heartbeat every 10 s. */
export const silenceMs = 20_000
/** Who comes back is answered at once, and by a heartbeat at the latest. */
export const reattachMs = 10_000
/** So often a connection may break before anything was heard on it. */
const fruitlessTries = 2
const fruitlessPauseMs = 500

/**
 * A stream's chunks to its very last, over as many connections as that takes.
 * @throws StreamReset where it can only be begun anew, StreamSilent where connections say nothing
 */
export async function* repairedChunks(first: Response, options: RepairOptions): AsyncGenerator<UIMessageChunk, void> {
  const { signal, follow, onConnectionChange } = options
  let position: EventId | undefined
  let isContinuable = false
  let letGo = new AbortController()
  let isRestored = false
  const letGoIfContinuable = () => {
    if (isContinuable && position !== undefined) letGo.abort()
  }
  const presence = options.watchPresence((change) => {
    if (change !== "restored") return letGoIfContinuable()
    isRestored = true
    letGo.abort()
  })
  let isFollowing = options.isFollowing
  let fruitless = 0
  let isTakenOver = false
  try {
    for (let response = first; ; isFollowing = true) {
      if (!response.ok || !response.body) throw await problemOf(response)
      isContinuable = options.isResumable && response.headers.get("x-resume") !== "off"
      letGo = new AbortController()
      if (presence.isAway) letGoIfContinuable()
      let isHeard = false
      let isSilent = false
      const events = readEvents(response.body, {
        firstSilenceMs: isFollowing ? reattachMs : silenceMs,
        silenceMs,
        letGo: firstToAbort(signal, letGo.signal),
        onHeard() {
          if (!isHeard) onConnectionChange(isTakenOver ? "taken-over" : "live")
          isHeard = true
        },
      })
      try {
        for await (const { id, chunk } of events) {
          yield chunk
          position = id ?? position
          if (!isTakenOver && isOfTakeover(id)) {
            isTakenOver = true
            onConnectionChange("taken-over")
          }
          if (endsStream(chunk)) return
          if (presence.isAway) letGoIfContinuable()
        }
      } catch (error) {
        if (signal.aborted) throw error
        isSilent = error instanceof StreamSilent
      }
      fruitless = isHeard || letGo.signal.aborted ? 0 : fruitless + 1
      if (isFollowing && !isHeard && !isRestored && (isSilent || fruitless >= fruitlessTries)) throw new StreamSilent()

      const wasLetGo = presence.isAway
      if (wasLetGo) await presence.back(signal)
      else onConnectionChange("reconnecting")
      // What a page asks for in the moment of its return may fail unsent.
      if (fruitless > 0 || isRestored) await pauseOrOnline(fruitlessPauseMs, signal)
      if (isRestored) fruitless = 0
      isRestored = false
      response = await follow(position)
      if (response.status === 204) return
      if (response.ok && (response.headers.get("x-resume") !== "continued" || position === undefined)) {
        await response.body?.cancel()
        throw new StreamReset()
      }
      if (!wasLetGo) options.onReconnected()
    }
  } finally {
    presence.close()
    onConnectionChange("idle")
  }
}

/** Who begins an answer numbers its events under epoch 1; each server that goes on with it takes the next. */
function isOfTakeover(id: EventId | undefined): boolean {
  return id !== undefined && (parseEventId(id)?.epoch ?? 1) > 1
}
