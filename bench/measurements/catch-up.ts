import type { RunningPeer } from "../peers/peer.ts"
import { wordChars } from "../provider.ts"
import { median } from "../statistics.ts"
import type { Figure, Measurement } from "./measurement.ts"
import { type RunningAnswer, startAnswer } from "./running-answer.ts"

const backlogs = [10_000, 100_000]
const attaches = 3

export const catchUp: Measurement = {
  name: "catch-up",
  title: "Catching up",
  question: "How long does a reader wait who comes late to a long answer, and how much is sent?",
  how: `An answer that has said so many tokens at once and goes on at one token a second. Readers come one after the other, the median of ${attaches} counts: from the request to the first byte and to the whole backlog, and the bytes of it. "Another process": a second server on the same stores.`,
  figures: backlogs.flatMap((tokens) => {
    const after = `after ${tokens.toLocaleString("en")} tokens`
    const figure = (name: string, title: string, unit: string, digits: number): Figure => ({
      name: `${tokens} ${name}`,
      title: `${title} ${after}`,
      unit,
      best: "least",
      digits,
    })
    return [
      figure("whole", "caught up", "ms", 0),
      figure("first byte", "first byte", "ms", 0),
      figure("bytes", "sent", "MB", 2),
      figure("other whole", "caught up from another process", "ms", 0),
      figure("other first byte", "first byte from another process", "ms", 0),
    ]
  }),
  isFor: (peer) => peer.canFollow,
  async prepare(stage) {
    const { server, stores } = await stage.startWarm()
    const other = stage.peer.needs.redis ? await stage.start(stores) : undefined
    return async () => {
      const figures: Record<string, number> = {}
      for (const tokens of backlogs) {
        const pace = { tokens: tokens + 600, tokensPerSecond: 1, burst: tokens }
        const answer = await startAnswer(server, stage.provider, pace)
        const own = await timesOf(answer, server, tokens)
        figures[`${tokens} whole`] = own.wholeMs
        figures[`${tokens} first byte`] = own.firstByteMs
        figures[`${tokens} bytes`] = own.bytes / 1e6
        if (other) {
          const others = await timesOf(answer, other, tokens)
          figures[`${tokens} other whole`] = others.wholeMs
          figures[`${tokens} other first byte`] = others.firstByteMs
        }
        await answer.end()
      }
      return figures
    }
  },
}

async function timesOf(answer: RunningAnswer, from: RunningPeer, tokens: number) {
  const seen: { wholeMs: number; firstByteMs: number; bytes: number }[] = []
  for (let attached = 0; attached < attaches; attached++) {
    const reading = await answer.follow(from)
    if (!(await reading.untilChars(tokens * wordChars))) throw new Error("a follower did not get the backlog")
    seen.push({
      wholeMs: reading.lastTextAtMs - reading.askedAtMs,
      firstByteMs: reading.firstByteAtMs - reading.askedAtMs,
      bytes: reading.bytes,
    })
    reading.close()
  }
  return {
    wholeMs: median(seen.map(({ wholeMs }) => wholeMs)),
    firstByteMs: median(seen.map(({ firstByteMs }) => firstByteMs)),
    bytes: median(seen.map(({ bytes }) => bytes)),
  }
}
