/** One answer that goes on until the measurement has seen enough of it. */
import type { Chat, RunningPeer } from "../peers/peer.ts"
import type { Reading } from "../peers/reading.ts"
import { type Pace, type Provider, questionFor, wordChars } from "../provider.ts"
import { newUsers } from "../stage.ts"

export interface RunningAnswer {
  chat: Chat
  asker: Reading
  /** Opens another reader. @throws if nothing runs, or nobody can follow */
  follow(from?: RunningPeer): Promise<Reading>
  /** Lets the provider end it. @returns once its asker has read it */
  end(): Promise<void>
}

/** @returns once the asker has read the burst, or the first token where there is none */
export async function startAnswer(server: RunningPeer, provider: Provider, pace: Pace): Promise<RunningAnswer> {
  const [user = { headers: {} }] = await newUsers(server, 1)
  const chat = { id: crypto.randomUUID(), user }
  const asker = await server.ask(chat, questionFor(pace))
  const chars = typeof pace.says === "number" ? pace.says : wordChars
  if (!(await asker.untilChars(Math.max(pace.burst ?? 0, 1) * chars)))
    throw new Error(`an answer ended ${asker.ending} after ${asker.text.length} characters`)
  return {
    chat,
    asker,
    async follow(from = server) {
      const reading = await from.follow?.(chat)
      if (!reading) throw new Error("a running answer was not found")
      return reading
    },
    async end() {
      provider.endAnswers()
      await asker.ended
    },
  }
}
