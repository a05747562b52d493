/** An agent's answer of which a part was lost when its server died: at its end, what was shown is taken back. */
import { sql } from "drizzle-orm"
import { expect, onTestFinished } from "vitest"
import { chatStream } from "#db/schema.ts"
import type { EventId } from "#lib/chat-protocol.ts"
import { recover } from "#lib/turns/recover.ts"
import { employ, scriptedAgent } from "../agents/scripted-agent.ts"
import type { Beat } from "../agents/scripted-run.ts"
import { scripted } from "../providers/scripted-model.ts"
import { type Place, type Stores, sendRequestsTo, servicesAt } from "./places.ts"
import type { HaltedAnswer } from "./recorded-answers.ts"

const beats: Beat[] = [
  { thought: "Some of everything." },
  { text: "Words 😀 first," },
  { call: "c1" },
  { progress: "half of it", of: "c1" },
  { result: "all of it", of: "c1" },
  { text: " then" },
  { text: " the very" },
  // These words are lost.
  { text: " last" },
  { text: " end." },
]
const shownBeats = 7

/** Generates it up to where another process has joined it. Once it has ended, its events of that process are seen too. */
export async function beginCorrected(place: Place, stores: Stores): Promise<HaltedAnswer> {
  const model = scripted("a model's words")
  const { services, other, guest } = await servicesAt(place, stores, { first: model, second: model })
  const agent = scriptedAgent(beats)
  employ(agent, services, other)
  const client = await guest()
  const reading = await client.post("Some of everything, please.", { agent: "goose" })
  onTestFinished(() => reading.leave().catch(() => undefined))
  const run = await agent.begun()
  run.go(shownBeats)
  await reading.readUntil("the very")
  const streamId = reading.response.headers.get("x-stream-id") ?? ""
  const seen = reading.events.map(({ id, chunk }) => ({ id: id as EventId, chunk })) // as the server wrote it
  if (place.relay === "log" && place.store !== "memory")
    await expect
      .poll(async () => (await other.chat.relay.readLog(streamId).catch(() => undefined))?.at(-1)?.id)
      .toBe(seen.at(-1)?.id)
  run.cut()
  run.loseNext()
  services.chat.running.close()
  await services.database.db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
  sendRequestsTo(other)
  await recover(other.chat, streamId)
  await expect.poll(() => run.readers > 1 || run.state === "cancelled").toBe(true)
  return {
    client,
    streamId,
    reading,
    seen,
    async finish() {
      const follower = place.relay === "log" ? await client.follow(`&after=${seen.at(-1)?.id}`) : undefined
      run.go()
      await follower?.readAll()
      const rest = follower?.events ?? []
      if (follower) expect(rest.map(({ chunk }) => chunk.type)).toContain("reset-step")
      // A process that does not know the position sends everything again.
      if (rest[0]?.chunk.type === "start") seen.length = 0
      for (const { id, chunk } of rest) seen.push({ id: id as EventId, chunk })
      await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toMatch(/COMPLETE|INTERRUPTED/)
    },
  }
}
