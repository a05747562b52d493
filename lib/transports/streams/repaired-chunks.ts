import type { UIMessageChunk } from "ai"
import { type EventId, endsStream, parseEventId } from "#lib/chat-protocol.ts"
import { StreamReset, StreamSilent } from "../chat-problem.ts"
import { pauseOrOnline } from "../fetch-with-retry.ts"
import { firstToAbort } from "../first-to-abort.ts"
import type { PresenceChange, TabPresence } from "../tab-presence.ts"
import { readEvents } from "./read-events.ts"
import type { Reached, ReceivedStream } from "./received-stream.ts"

/**
 * "live": events arrive. "taken-over": they arrive from a server that took the answer over from another one.
 * "reconnecting": events are due but do not arrive. "idle": none are expected.
 */
export type ConnectionState = "idle" | "live" | "taken-over" | "reconnecting"

export interface RepairOptions {
  /** aborts when the reader has gone */
  signal: AbortSignal
  /** true: the first connection follows a running stream; false: its request began the stream */
  isFollowing: boolean
  /** false: a stream cannot be continued once it is closed */
  isResumable: boolean
  watchPresence(onChange: (change: PresenceChange) => void): TabPresence
  /** @returns the stream from this position, over a new connection; undefined if nothing is left to follow */
  follow(reached: Reached): Promise<ReceivedStream | undefined>
  onConnectionChange(state: ConnectionState): void
  /** called when a lost connection is restored */
  onReconnected(): void
}

/** The server sends a heartbeat at least every 10 s. */
export const silenceMs = 20_000
/** The server answers a returning reader at once, or with the next heartbeat at the latest. */
export const reattachMs = 10_000
/** How many connections in a row may break before anything arrives on them. */
const maxFruitlessConnections = 2
const fruitlessPauseMs = 500

/**
 * Yields all chunks of a stream up to its last, over as many connections as it takes.
 * @throws StreamReset if the stream can only start over, StreamSilent if connections stay silent
 */
export async function* repairedChunks(
  first: ReceivedStream,
  options: RepairOptions,
): AsyncGenerator<UIMessageChunk, void> {
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
    for (let stream = first; ; isFollowing = true) {
      isContinuable = options.isResumable && stream.resume !== "off"
      letGo = new AbortController()
      if (presence.isAway) letGoIfContinuable()
      let isHeard = false
      let isSilent = false
      const events = readEvents(stream.arrivals, {
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
      if (isFollowing && !isHeard && !isRestored && (isSilent || fruitless >= maxFruitlessConnections))
        throw new StreamSilent()

      const wasLetGo = presence.isAway
      if (wasLetGo) await presence.back(signal)
      else onConnectionChange("reconnecting")
      // Requests that a page makes at the moment of its return may fail without being sent.
      if (fruitless > 0 || isRestored) await pauseOrOnline(fruitlessPauseMs, signal)
      if (isRestored) fruitless = 0
      isRestored = false
      const next = await follow({ streamId: first.streamId, position })
      if (!next) return
      stream = next
      if (stream.resume !== "continued" || position === undefined) {
        await stream.arrivals.cancel()
        throw new StreamReset()
      }
      if (!wasLetGo) options.onReconnected()
    }
  } finally {
    presence.close()
    onConnectionChange("idle")
  }
}

/** The server that begins an answer numbers its events in epoch 1. Each server that takes over uses the next epoch. */
function isOfTakeover(id: EventId | undefined): boolean {
  return id !== undefined && (parseEventId(id)?.epoch ?? 1) > 1
}
