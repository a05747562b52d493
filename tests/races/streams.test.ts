/** Streams that are read, taken over and deleted while they change, in every order the scheduler finds. */
import { eq } from "drizzle-orm"
import fc from "fast-check"
import { expect } from "vitest"
import { chat, chatStream, message } from "#db/schema.ts"
import { race } from "./race.ts"
import type { Position } from "./reader.ts"
import { type Seat, wordsEach } from "./stream-world.ts"
import { timeOnDemand } from "./time-on-demand.ts"

timeOnDemand()

const seat = fc.constantFrom<Seat>(0, 1)

race(
  "F39 a reader that resumes while the answer ends has all of it, once",
  {
    given: fc.array(
      fc.record({ at: seat, position: fc.constantFrom<Position | "new">("own", "none", "never-was", "new") }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  },
  async ({ world, given, run }) => {
    await world.post(0)
    const away = []
    for (const { at, position } of given)
      if (position !== "new") away.push({ at, position, reader: await world.follow(at) })
    await world.show(wordsEach - 1)
    for (const { reader } of away) reader.detach()
    const resumed = given.flatMap(({ at, position }, index) =>
      position === "new" ? [[`new ${index}`, () => world.follow(at)]] : [],
    )
    await run({
      "last word": () => world.say(1),
      end: () => world.readers[0]?.tab.ended,
      ...Object.fromEntries(
        away.map(({ at, position, reader }, index) => [`back ${index}`, () => reader.reattach(at, position)]),
      ),
      ...Object.fromEntries(resumed),
    })
    expect((await world.finish()).status).toBe("COMPLETE")
  },
)

race(
  "a producer that wakes up while it is replaced: one of the two continues, and the other releases its model",
  { given: fc.record({ follows: fc.boolean(), shown: fc.integer({ min: 0, max: 4 }), says: fc.nat(1) }) },
  async ({ world, given, run }) => {
    await world.post(0)
    if (given.follows) await world.follow(1)
    await world.until(() => world.voices.length === 1)
    if (given.shown > 0) await world.show(given.shown)
    world.server(0).freeze()
    await world.letLeaseRunOut()
    await run({
      wakes() {
        world.server(0).wake()
        world.server(0).voice?.say(given.says)
      },
      renews: () => world.server(0).services.chat.running.renew(),
      "is replaced": () => world.server(1).sweep(),
    })
    await world.passTime(3_000)
    const isReplaced = (await world.row())?.epoch === 2
    if (isReplaced) await world.until(() => world.voices[0]?.isBrokenOff === true)
    const { status, epoch } = await world.finish()
    expect({ status, epoch }).toEqual({ status: "COMPLETE", epoch: isReplaced ? 2 : 1 })
    expect(world.voices).toHaveLength(epoch)
  },
)

race(
  "B70 deleting a chat while its answer is written leaves nothing behind, and no writer continues",
  { given: fc.record({ deleted: seat, words: fc.integer({ min: 1, max: wordsEach - 2 }), later: fc.nat(6) }) },
  async ({ world, given, run, pause }) => {
    await world.post(0)
    await world.follow(1)
    await world.show(2)
    const done = await run({
      words: () => pause(given.later).then(() => world.server(0).voice?.say(given.words)),
      delete: () => world.delete(given.deleted),
    })
    expect((done.delete as Response).status).toBe(200)
    // Their last response is that nothing is running, which a tab without the end takes for a failure.
    await Promise.allSettled(world.readers.map((reader) => reader.tab.ended))
    await world.until(() => [0, 1].every((at) => world.server(at as Seat).services.chat.running.size === 0))
    await world.passTime(10_000)
    const { db } = world.database
    expect(await db.$count(chat, eq(chat.id, world.chatId))).toBe(0)
    expect(await db.$count(message, eq(message.chatId, world.chatId))).toBe(0)
    expect(await db.$count(chatStream, eq(chatStream.chatId, world.chatId))).toBe(0)
    await expect(world.follow(1)).resolves.toMatchObject({ tab: { streamId: undefined } })
  },
)
