import { setTimeout as wait } from "node:timers/promises"
import type { RunningPeer, User } from "../peers/peer.ts"
import { nowMs } from "../peers/reading.ts"
import { questionFor, wordChars } from "../provider.ts"
import { cpuSeconds, newUsers } from "../stage.ts"
import type { Measurement } from "./measurement.ts"
import { charsBetween, expectWords } from "./words.ts"

const loads = [
  { name: "50x50", answers: 50, tokensPerSecond: 50, seconds: 6 },
  { name: "100x50", answers: 100, tokensPerSecond: 50, seconds: 6 },
  { name: "20x500", answers: 20, tokensPerSecond: 500, seconds: 4 },
]
type Load = (typeof loads)[number]

/** Answers begin evenly within this time, as people's questions do. */
const rampMs = 1_000
/** Work that goes on after the last byte is the answer's too. */
const settleMs = 500

export const tokens: Measurement = {
  name: "tokens",
  title: "CPU a token",
  question: "What does a token cost the server while many answers are written?",
  how: `Every answer has one reader, who asked for it. The first rows count whole answers: the server's CPU (user and system), from the first question until ${settleMs} ms after the last byte, by the number of tokens. The rows "while running" leave out beginnings and ends: CPU between the moment when all answers run and the moment before the first ends, by the tokens that readers got between them.`,
  figures: loads.flatMap(({ name, answers, tokensPerSecond, seconds }) => {
    const title = `${answers} answers of ${tokensPerSecond} tokens/s`
    return [
      { name, title: `${title}, whole (${seconds} s)`, unit: "µs", best: "least", digits: 0 },
      { name: `${name} running`, title: `${title}, while running`, unit: "µs", best: "least", digits: 0 },
    ] as const
  }),
  async prepare(stage) {
    const { server } = await stage.startWarm()
    const users = await newUsers(server, 100)
    return async () => {
      const figures: Record<string, number> = {}
      for (const load of loads) Object.assign(figures, await costOf(server, users, load))
      return figures
    }
  },
}

async function costOf(server: RunningPeer, users: User[], load: Load): Promise<Record<string, number>> {
  const { name, answers, tokensPerSecond, seconds } = load
  const tokensEach = tokensPerSecond * seconds
  const question = questionFor({ tokens: tokensEach, tokensPerSecond })
  const cpuBefore = cpuSeconds(server)
  const cpuAfter = async (ms: number) => {
    await wait(ms)
    return { atMs: nowMs(), cpu: cpuSeconds(server) }
  }
  const samples = Promise.all([cpuAfter(rampMs + 500), cpuAfter(seconds * 1_000 - 200)])
  const readings = await Promise.all(
    users.slice(0, answers).map(async (user, index) => {
      await wait((index / answers) * rampMs)
      const reading = await server.ask({ id: crypto.randomUUID(), user }, question)
      await reading.ended
      return reading
    }),
  )
  await wait(settleMs)
  const wholeCpu = cpuSeconds(server) - cpuBefore
  for (const reading of readings) expectWords(reading, tokensEach)
  const [from, to] = await samples
  const heard = readings.reduce((sum, reading) => sum + charsBetween(reading, from.atMs, to.atMs), 0) / wordChars
  return {
    [name]: (wholeCpu * 1_000_000) / (answers * tokensEach),
    [`${name} running`]: ((to.cpu - from.cpu) * 1_000_000) / heard,
  }
}
