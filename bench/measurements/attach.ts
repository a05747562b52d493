import type { Reading } from "../peers/reading.ts"
import { wordChars } from "../provider.ts"
import { cpuSeconds } from "../stage.ts"
import { quantile } from "../statistics.ts"
import type { Measurement } from "./measurement.ts"
import { type RunningAnswer, startAnswer } from "./running-answer.ts"

const attaches = 100
/** so far said: about half a page */
const backlogTokens = 500

export const attach: Measurement = {
  name: "attach",
  title: "Attaching a reader",
  question: "What does a reader cost who comes while an answer runs, and how long do many wait who come at once?",
  how: `One answer that has said ${backlogTokens} tokens and goes on at one token a second. First ${attaches} readers come one after the other, each leaving when it has the backlog: the server's CPU by their number. Then ${attaches} come at once: from the request to the whole backlog.`,
  figures: [
    { name: "cpu", title: "CPU an attach", unit: "ms", best: "least", digits: 1 },
    { name: "p50", title: `${attaches} at once: caught up, p50`, unit: "ms", best: "least", digits: 0 },
    { name: "p99", title: `${attaches} at once: caught up, p99`, unit: "ms", best: "least", digits: 0 },
  ],
  isFor: (peer) => peer.canFollow,
  async prepare(stage) {
    const { server } = await stage.startWarm()
    return async () => {
      const pace = { tokens: 600 + backlogTokens, tokensPerSecond: 1, burst: backlogTokens }
      const answer = await startAnswer(server, stage.provider, pace)
      const before = cpuSeconds(server)
      for (let attached = 0; attached < attaches; attached++) (await caughtUp(answer)).reading.close()
      const cpu = ((cpuSeconds(server) - before) * 1_000) / attaches
      const atOnce = await Promise.all(Array.from({ length: attaches }, () => caughtUp(answer)))
      await answer.end()
      for (const { reading } of atOnce) reading.close()
      const waits = atOnce.map(({ waitedMs }) => waitedMs)
      return { cpu, p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) }
    }
  },
}

async function caughtUp(answer: RunningAnswer): Promise<{ reading: Reading; waitedMs: number }> {
  const reading = await answer.follow()
  if (!(await reading.untilChars(backlogTokens * wordChars))) throw new Error("a follower did not get the backlog")
  return { reading, waitedMs: reading.lastTextAtMs - reading.askedAtMs }
}
