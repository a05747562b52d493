import { type Inspector, inspectable } from "../inspector.ts"
import type { RunningPeer, User } from "../peers/peer.ts"
import { type Provider, questionFor } from "../provider.ts"
import { newUsers } from "../stage.ts"
import type { Measurement } from "./measurement.ts"
import { startAnswer } from "./running-answer.ts"

const endedAnswers = 400
const atOnce = 20
const runningAnswers = 100
const runningTokens = 200
/** nearly as long as Rejoin lets an answer become (`lib/generation/answer-limits.ts`) */
const long = { tokens: 90_000, tokenChars: 10 }

export const memory: Measurement = {
  name: "memory",
  title: "Memory",
  question: "What does a server hold of an answer that has ended, of one that runs, and for a reader that is stuck?",
  how: `The server's heap and buffers after a garbage collection, through Node's inspector. Ended: before and after ${endedAnswers} answers of 10 tokens, ${atOnce} at a time. Running: with ${runningAnswers} answers that have said ${runningTokens} tokens each and go on, against none. Stuck: with a follower that reads nothing of an answer of ${long.tokens} tokens (${(long.tokens * long.tokenChars) / 1e6} MB of text; Rejoin ends an answer at 1 MB), against the same answer once that follower has left.`,
  figures: [
    { name: "ended", title: "held of an ended answer", unit: "kB", best: "least", digits: 1 },
    { name: "running", title: "held of a running answer", unit: "kB", best: "least", digits: 0 },
    { name: "stuck", title: "held for a stuck follower", unit: "MB", best: "least", digits: 1 },
  ],
  mostRounds: 2,
  async prepare(stage) {
    const { environment, connect } = await inspectable()
    const server = await stage.start(await stage.openStores(), { environment })
    const inspector = await connect()
    stage.closeLater(async () => inspector.close())
    const users = await newUsers(server, atOnce)
    await answerMany(server, users, 200) // loads code and fills caches
    return async () => ({
      ended: await heldOfEnded(server, inspector, users),
      running: await heldOfRunning(server, inspector, { users, provider: stage.provider }),
      ...(stage.peer.canFollow && { stuck: await heldForStuck(server, inspector, stage.provider) }),
    })
  },
}

async function heldOfEnded(server: RunningPeer, inspector: Inspector, users: User[]): Promise<number> {
  const before = await inspector.heldBytes()
  await answerMany(server, users, endedAnswers)
  return ((await inspector.heldBytes()) - before) / endedAnswers / 1e3
}

async function answerMany(server: RunningPeer, users: User[], count: number): Promise<void> {
  let left = count
  await Promise.all(
    users.map(async (user) => {
      while (left-- > 0) {
        const chat = { id: crypto.randomUUID(), user }
        const reading = await server.ask(chat, questionFor({ tokens: 10, tokensPerSecond: 0 }))
        await reading.ended
      }
    }),
  )
}

async function heldOfRunning(
  server: RunningPeer,
  inspector: Inspector,
  { users, provider }: { users: User[]; provider: Provider },
): Promise<number> {
  const before = await inspector.heldBytes()
  const question = questionFor({ tokens: runningTokens + 600, tokensPerSecond: 1, burst: runningTokens })
  const readings = await Promise.all(
    Array.from({ length: runningAnswers }, (_, index) => {
      const user = users[index % users.length] ?? { headers: {} }
      return server.ask({ id: crypto.randomUUID(), user }, question)
    }),
  )
  for (const reading of readings) await reading.untilChars(runningTokens * 5)
  const held = ((await inspector.heldBytes()) - before) / runningAnswers / 1e3
  provider.endAnswers()
  for (const reading of readings) await reading.ended
  return held
}

/** @returns MB */
async function heldForStuck(server: RunningPeer, inspector: Inspector, provider: Provider): Promise<number> {
  const { tokens, tokenChars } = long
  const answer = await startAnswer(server, provider, { tokens, tokensPerSecond: 0, says: tokenChars, stays: true })
  const stuck = await answer.follow()
  stuck.pause()
  if (!(await answer.asker.untilChars(tokens * tokenChars)))
    throw new Error(`the long answer ended ${answer.asker.ending} after ${answer.asker.text.length} characters`)
  const held = await inspector.heldBytes()
  stuck.close()
  const left = await inspector.heldBytes()
  await answer.end()
  return (held - left) / 1e6
}
