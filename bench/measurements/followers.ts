import { setTimeout as wait } from "node:timers/promises"
import type { RunningPeer } from "../peers/peer.ts"
import { nowMs } from "../peers/reading.ts"
import { type Provider, wordChars } from "../provider.ts"
import { cpuSeconds } from "../stage.ts"
import type { Measurement } from "./measurement.ts"
import { startAnswer } from "./running-answer.ts"
import { charsBetween } from "./words.ts"

const followers = 100
const tokensPerSecond = 50
const seconds = 5

export const manyFollowers: Measurement = {
  name: "followers",
  title: "One answer, many followers",
  question: "What does a token cost the server that has many readers?",
  how: `One answer of ${tokensPerSecond} tokens/s with ${followers} followers besides its asker: the server's CPU in ${seconds} s after all have caught up, by the tokens that the asker got meanwhile.`,
  figures: [
    { name: "cpu", title: `CPU a token with ${followers} followers`, unit: "ms", best: "least", digits: 2 },
    { name: "each", title: "of that a follower's token", unit: "µs", best: "least", digits: 1 },
  ],
  isFor: (peer) => peer.canFollow,
  async prepare(stage) {
    const { server } = await stage.startWarm()
    return async () => {
      const secondsEach = await costOfFollowers(server, stage.provider, { followers, seconds })
      return { cpu: secondsEach * 1_000, each: (secondsEach * 1_000_000) / followers }
    }
  },
}

/** @returns CPU seconds of a token of an answer with so many followers */
export async function costOfFollowers(
  server: RunningPeer,
  provider: Provider,
  { followers, seconds }: { followers: number; seconds: number },
): Promise<number> {
  const answer = await startAnswer(server, provider, { tokens: tokensPerSecond * 300, tokensPerSecond })
  const readings = await Promise.all(Array.from({ length: followers }, () => answer.follow()))
  for (const reading of readings) await reading.untilChars(1)
  const from = { atMs: nowMs(), cpu: cpuSeconds(server) }
  await wait(seconds * 1_000)
  const to = { atMs: nowMs(), cpu: cpuSeconds(server) }
  await answer.end()
  for (const reading of readings) await reading.ended
  return ((to.cpu - from.cpu) * wordChars) / charsBetween(answer.asker, from.atMs, to.atMs)
}
