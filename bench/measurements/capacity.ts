import { setTimeout as wait } from "node:timers/promises"
import type { RunningPeer, User } from "../peers/peer.ts"
import { nowMs, type Reading } from "../peers/reading.ts"
import { type Provider, questionFor, timedToken } from "../provider.ts"
import { newUsers } from "../stage.ts"
import { quantile } from "../statistics.ts"
import type { Measurement } from "./measurement.ts"

const tokensPerSecond = 50
const mostLagMs = 250
const firstStep = 20
/** each step has so many times the answers of the one before */
const growth = 1.25
const mostAnswers = 500
/** new answers begin evenly within the first part of a step; lag counts in the second */
const rampMs = 1_000
const holdMs = 1_500

export const capacity: Measurement = {
  name: "capacity",
  title: "Answers a core",
  question: "How many answers can one core write before readers notice?",
  how: `More and more answers of ${tokensPerSecond} tokens/s, each with one reader, in steps of ${Math.round((growth - 1) * 100)} %. Every token carries the time when it was due at the provider, so what a slow server keeps it from saying counts as late. The last step counts in which 99 % of the tokens reached their reader within ${mostLagMs} ms (from ${rampMs} ms after its first new answer, for ${holdMs} ms). Provider and readers have cores of their own, and their own lag is part of it. At most ${mostAnswers} are tried.`,
  figures: [
    { name: "answers", title: `answers with p99 lag ≤ ${mostLagMs} ms`, unit: "", best: "most", digits: 0 },
    { name: "lag", title: "p99 lag in that step", unit: "ms", best: "least", digits: 0 },
  ],
  mostRounds: 3,
  async prepare(stage) {
    const { server } = await stage.startWarm()
    const users = await newUsers(server, 50)
    return () => mostAnswersOf(server, stage.provider, users)
  },
}

async function mostAnswersOf(server: RunningPeer, provider: Provider, users: User[]) {
  const question = questionFor({ tokens: tokensPerSecond * 600, tokensPerSecond, says: "timed" })
  const readings: Promise<Reading>[] = []
  let passed = { answers: 0, lag: 0 }
  for (let answers = firstStep; answers <= mostAnswers; answers = Math.ceil(answers * growth)) {
    const added = answers - readings.length
    for (let index = 0; index < added; index++) {
      const user = users[readings.length % users.length] ?? { headers: {} }
      readings.push(server.ask({ id: crypto.randomUUID(), user }, question))
      await wait(rampMs / added)
    }
    const fromMs = nowMs()
    await wait(holdMs)
    // Who has not even begun is late by the whole step.
    const began = await Promise.all(readings.map((reading) => Promise.race([reading, undefined])))
    const lags = began.flatMap((reading) => (reading ? lagsSince(reading, fromMs) : [holdMs]))
    const lag = quantile(lags, 0.99)
    if (!(lag <= mostLagMs)) break
    passed = { answers, lag }
  }
  // A server that is overloaded asks for the last ones later.
  const ending = setInterval(() => provider.endAnswers(), 200)
  try {
    for (const reading of await Promise.all(readings)) await reading.ended
  } finally {
    clearInterval(ending)
  }
  return passed
}

function lagsSince(reading: Reading, fromMs: number): number[] {
  const since = reading.timeline.filter(({ atMs }) => atMs > fromMs)
  const lags = since.flatMap(({ atMs, text }) =>
    [...text.matchAll(timedToken)].map(([, saidAt]) => atMs - Number(saidAt)),
  )
  // Silence is lag: nothing came, though a token is said every 20 ms.
  return lags.length > 0 ? lags : [holdMs]
}
