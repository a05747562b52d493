import { randomUUID } from "node:crypto"
import { onTestFinished } from "vitest"
import type { Relay } from "#lib/relay/relay.ts"

/** Two relays as two processes have them, over one store. */
export interface RelaysUnderTest {
  here: Relay
  there: Relay
  /** in both processes */
  openSubscriptions(): number
  /** From now on no message of `here` arrives anywhere. */
  loseMessages(): void
  /** Removes everything about this stream from the store, as an expiry, an eviction or a loss does. */
  forget(streamId: string): Promise<void>
  /** Ends the process of `here` as `kill -9` does. */
  kill(): Promise<void>
}

/** @returns one test's parts: a stream id of its own, and relays that are closed after it */
export function fresh(open: () => RelaysUnderTest): RelaysUnderTest & { streamId: string } {
  const relays = open()
  onTestFinished(async () => {
    await relays.here.close()
    await relays.there.close()
  })
  return { ...relays, streamId: randomUUID() }
}

export type Fresh = () => ReturnType<typeof fresh>
