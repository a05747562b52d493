import { randomUUID } from "node:crypto"
import { onTestFinished } from "vitest"
import { logRelay } from "#lib/relay/log-relay.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { readRelay } from "./relay-reader.ts"
import { scriptedSource } from "./scripted-source.ts"

/** Starts a stream in one process, with another process beside it. */
export async function running(sharedStore: Store, hereStore = sharedStore, thereStore = sharedStore) {
  const streamId = randomUUID()
  const source = scriptedSource()
  let stops = 0
  const here = logRelay({ store: hereStore, flushEveryMs: 5 })
  const there = logRelay({ store: thereStore, flushEveryMs: 5 })
  onTestFinished(async () => {
    await here.close()
    await there.close()
  })
  const opened = await here.resumableStream(streamId, source.makeStream, {
    onStop: () => {
      stops += 1
    },
  })
  const logKey = `rejoin:{${streamId}}:log`
  return { here, there, streamId, source, first: readRelay(opened.items), logKey, stops: () => stops }
}

/** Returns numbered words, each with the space after it. */
export const words = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `w${from + index} `)
