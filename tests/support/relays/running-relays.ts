import { expect } from "vitest"
import { readRelay } from "./relay-reader.ts"
import type { Fresh } from "./relays-under-test.ts"
import { scriptedSource } from "./scripted-source.ts"

/** Starts streams in a test's first relay. */
export function runningRelays(fresh: Fresh) {
  /** Starts a stream in `here` that has said these words. */
  async function running(...words: string[]) {
    return runningUnder(1, ...words)
  }

  async function runningUnder(epoch: number, ...words: string[]) {
    const relays = fresh()
    const source = scriptedSource(epoch)
    const opened = await relays.here.resumableStream(relays.streamId, source.makeStream)
    expect(opened).toMatchObject({ role: "producer", isShared: true })
    const first = readRelay(opened.items)
    source.say(...words)
    await first.until(words.join(""))
    return { ...relays, source, first }
  }

  return { running, runningUnder }
}
