import { setTimeout as wait } from "node:timers/promises"
import type { RunningPeer, User } from "../peers/peer.ts"
import { questionFor } from "../provider.ts"
import { cpuSeconds, newUsers } from "../stage.ts"
import { costOfFollowers } from "./followers.ts"
import type { Figure, Measurement } from "./measurement.ts"
import { expectWords } from "./words.ts"

const answerCounts = [5, 15, 45]
const tokenCounts = [500, 2_000, 8_000]
const followerCounts = [10, 30, 90]
const settleMs = 500

export const growth: Measurement = {
  name: "growth",
  title: "Growth",
  question: "Does a token cost more where there is more of everything?",
  how: `A straight line is a flat one here: CPU by the token, with ${answerCounts.join(", ")} answers at once (50 tokens/s for 3 s, whole), with answers of ${tokenCounts.map((count) => count.toLocaleString("en")).join(", ")} tokens (4 at once, 2,000 tokens/s, whole), and by a follower's token with ${followerCounts.join(", ")} followers of one answer. What characters cost is above, in what is written.`,
  figures: [
    ...series("CPU a token", "answers at once", answerCounts),
    ...series("CPU a token", "tokens of the answer", tokenCounts),
    ...series("CPU a follower's token", "followers", followerCounts),
  ],
  mostRounds: 2,
  async prepare(stage) {
    const { server } = await stage.startWarm()
    const users = await newUsers(server, 45)
    return async () => {
      const figures: Record<string, number> = {}
      for (const answers of answerCounts) {
        const load = { answers, tokens: 150, tokensPerSecond: 50 }
        figures[`answers at once ${answers}`] = await costOfToken(server, users, load)
      }
      for (const tokens of tokenCounts) {
        const load = { answers: 4, tokens, tokensPerSecond: 2_000 }
        figures[`tokens of the answer ${tokens}`] = await costOfToken(server, users, load)
      }
      if (!stage.peer.canFollow) return figures
      for (const followers of followerCounts) {
        const each = await costOfFollowers(server, stage.provider, { followers, seconds: 3 })
        figures[`followers ${followers}`] = (each * 1_000_000) / followers
      }
      return figures
    }
  },
}

function series(of: string, axis: string, points: number[]): Figure[] {
  return points.map((at) => ({
    name: `${axis} ${at}`,
    title: `${of}, ${axis}: ${at.toLocaleString("en")}`,
    unit: "µs",
    best: "least",
    digits: 0,
    series: { of, axis, at },
  }))
}

interface Load {
  answers: number
  tokens: number
  tokensPerSecond: number
}

/** @returns CPU µs a token of whole answers */
async function costOfToken(server: RunningPeer, users: User[], load: Load): Promise<number> {
  const { answers, tokens, tokensPerSecond } = load
  const before = cpuSeconds(server)
  await Promise.all(
    users.slice(0, answers).map(async (user) => {
      const reading = await server.ask({ id: crypto.randomUUID(), user }, questionFor({ tokens, tokensPerSecond }))
      await reading.ended
      expectWords(reading, tokens)
    }),
  )
  await wait(settleMs)
  return ((cpuSeconds(server) - before) * 1_000_000) / (answers * tokens)
}
