import { questionFor } from "../provider.ts"
import { cpuSeconds, newUsers, type Stage, type Stores } from "../stage.ts"
import type { Measurement } from "./measurement.ts"
import { expectWords } from "./words.ts"

export const start: Measurement = {
  name: "start",
  title: "A start",
  question: "What does it cost until the first answer is there?",
  how: "The server's CPU from its first instruction until it says that it is ready, and until it has answered its first question with one token; on empty stores, and once more on the same ones.",
  figures: [
    { name: "fresh ready", title: "ready, fresh folder", unit: "s", best: "least", digits: 2 },
    { name: "fresh answer", title: "first answer, fresh folder", unit: "s", best: "least", digits: 2 },
    { name: "reopened ready", title: "ready, reopened folder", unit: "s", best: "least", digits: 2 },
    { name: "reopened answer", title: "first answer, reopened folder", unit: "s", best: "least", digits: 2 },
  ],
  mostRounds: 3,
  async prepare(stage) {
    // The first start of all fills compile caches on disk.
    await firstAnswer(stage, await stage.openStores())
    return async () => {
      const stores = await stage.openStores()
      const fresh = await firstAnswer(stage, stores)
      const reopened = await firstAnswer(stage, stores)
      return {
        "fresh ready": fresh.ready,
        "fresh answer": fresh.answer,
        "reopened ready": reopened.ready,
        "reopened answer": reopened.answer,
      }
    }
  },
}

/** @returns CPU seconds of a server's life */
async function firstAnswer(stage: Stage, stores: Stores): Promise<{ ready: number; answer: number }> {
  const server = await stage.start(stores)
  const ready = cpuSeconds(server)
  const [user = { headers: {} }] = await newUsers(server, 1)
  const reading = await server.ask({ id: crypto.randomUUID(), user }, questionFor({ tokens: 1, tokensPerSecond: 0 }))
  await reading.ended
  expectWords(reading, 1)
  const answer = cpuSeconds(server)
  await server.stop()
  return { ready, answer }
}
