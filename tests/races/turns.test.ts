/** Turns that begin, are stopped and end at the same time, in every order the scheduler finds. */
import { randomUUID } from "node:crypto"
import fc from "fast-check"
import { expect } from "vitest"
import { Refusal } from "#tests/support/clients/tab.ts"
import { race } from "./race.ts"
import { type Seat, type StreamWorld, wordsEach } from "./stream-world.ts"
import { timeOnDemand } from "./time-on-demand.ts"

timeOnDemand()

const seat = fc.constantFrom<Seat>(0, 1)

race(
  "F35 a stop while the answer starts either stops it for good or finds nothing to stop yet",
  { given: fc.record({ asked: seat, stopped: seat, later: fc.nat(6) }) },
  async ({ world, given, run, pause }) => {
    const { stop } = await run({
      post: () => world.post(given.asked),
      stop: () => pause(given.later).then(() => world.stop(given.stopped)),
    })
    const endedAt = (await world.row())?.endedAt
    if (stop) expect(endedAt).toBeInstanceOf(Date)
    const { status, text } = await world.finish()
    expect(status).toBe(stop ? "STOPPED" : "COMPLETE")
    if (stop) expect(text).toBe("")
  },
)

race(
  "F36 a stop while the answer ends: one of the two counts, and the text is kept",
  { given: fc.record({ stopped: seat, follows: fc.boolean(), later: fc.nat(6) }), runs: 250 },
  async ({ world, given, run, pause }) => {
    await world.post(0)
    await world.show(wordsEach - 1)
    if (given.follows) await world.follow(given.stopped)
    const { stop } = await run({
      "last word": () => pause(given.later).then(() => world.say(1)),
      stop: () => world.stop(given.stopped),
    })
    const { status, text, charges } = await world.finish()
    expect(["COMPLETE", "STOPPED"]).toContain(status)
    if (status === "STOPPED") expect(stop).toBe(true)
    expect(text).toContain(status === "COMPLETE" ? ` v1.${wordsEach}` : ` v1.${wordsEach - 1}`)
    expect(charges).toBe(1)
  },
)

race(
  "F37 of two messages at once one is answered, and the other's sender learns which",
  { given: fc.tuple(seat, seat), runs: 100 },
  async ({ world, given: [one, two], run }) => {
    const outcomes = await run({ one: () => asked(world, one), two: () => asked(world, two) })
    const [refused, ...others] = Object.values(outcomes).filter((outcome) => outcome instanceof Refusal)
    expect(others).toEqual([])
    expect(refused?.status).toBe(409)
    expect(JSON.parse(refused?.body ?? "{}").error).toMatchObject({
      code: "generation_running",
      streamId: world.streamId,
    })
    await world.follow(outcomes.one instanceof Refusal ? one : two)
    expect((await world.finish()).status).toBe("COMPLETE")
  },
)

race(
  "F34 a message sent twice at once is one turn, and both senders read it",
  { given: fc.tuple(seat, seat) },
  async ({ world, given: [one, two], run }) => {
    await run({ one: () => world.post(one), two: () => world.post(two) })
    expect(new Set(world.readers.map((reader) => reader.tab.streamId))).toEqual(new Set([world.streamId]))
    expect((await world.finish()).status).toBe("COMPLETE")
  },
)

async function asked(world: StreamWorld, at: Seat): Promise<unknown> {
  return world.post(at, randomUUID()).catch((error: unknown) => error)
}
