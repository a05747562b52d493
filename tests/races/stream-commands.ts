/** A stream's possible events, as commands, and a small reference of their expected outcome. */
import { setTimeout as wait } from "node:timers/promises"
import fc from "fast-check"
import { expect } from "vitest"
import type { Position } from "./reader.ts"
import type { Seat, StreamWorld } from "./stream-world.ts"

/** The world, whose store can forget a stream, or everything. */
export type FragileWorld = StreamWorld & { loseLog(how: "log" | "everything"): Promise<unknown> }

/** The reference's whole state. What readers may see follows from the stored answer. */
export interface Expected {
  isAsked: boolean
  readers: number
  /** times its producer was killed while it ran */
  killed: number
  /** the released words may be all there are, so the answer may have ended */
  mayBeComplete: boolean
  isStopped: boolean
}

export function nothingYet(): Expected {
  return { isAsked: false, readers: 0, killed: 0, mayBeComplete: false, isStopped: false }
}

type Command = fc.AsyncCommand<Expected, FragileWorld>

function command(name: string, check: Command["check"], run: (now: Expected, world: FragileWorld) => Promise<void>) {
  return {
    check,
    run: (now, world) => world.step(name, run(now, world)),
    toString: () => name,
  } satisfies Command
}

const isAsked = (now: Readonly<Expected>) => now.isAsked

/** The first request begins the answer; a repeated one gets the same answer. */
const post = (seat: Seat) =>
  command(
    `post(${seat})`,
    (now) => now.readers < 6,
    async (now, world) => {
      await world.post(seat)
      now.isAsked = true
      now.readers += 1
    },
  )

const attach = (seat: Seat) =>
  command(
    `attach(${seat})`,
    (now) => now.isAsked && now.readers < 6,
    async (now, world) => {
      await world.follow(seat)
      now.readers += 1
    },
  )

const detach = (index: number) =>
  command(`detach(${index})`, isAsked, async (_, world) => {
    const reader = world.readers[index % world.readers.length]
    if (reader && !reader.isDetached) reader.detach()
  })

const reattach = (index: number, seat: Seat, position: Position) =>
  command(`reattach(${index}, ${seat}, ${position})`, isAsked, async (_, world) => {
    const away = world.readers.filter((reader) => reader.isDetached)
    away[index % away.length]?.reattach(seat, position)
  })

const stop = (seat: Seat) =>
  command(`stop(${seat})`, isAsked, async (now, world) => {
    const mayBeComplete = now.mayBeComplete || world.isAllSaid
    const stopped = await world.stop(seat)
    if (!stopped) expect(now.isStopped || mayBeComplete || now.killed > 0).toBe(true)
    if (stopped && !mayBeComplete) now.isStopped = true
    now.mayBeComplete = mayBeComplete
  })

const kill = (seat: Seat) =>
  command(`kill(${seat})`, isAsked, async (now, world) => {
    now.mayBeComplete ||= world.isAllSaid
    if (await world.kill(seat)) now.killed += 1
  })

const loseLog = (how: "log" | "everything") =>
  command(`lose the log (${how})`, isAsked, async (_, world) => void (await world.loseLog(how)))

/** @param pauseMs real time, in which events reach the log and other processes, or not yet */
const tick = (words: number, pauseMs: number) =>
  command(`tick(${words}, ${pauseMs} ms)`, isAsked, async (now, world) => {
    await world.say(words)
    now.mayBeComplete ||= world.isAllSaid
    await wait(pauseMs)
  })

const passTime = (ms: number) => command(`${ms} ms pass`, isAsked, (_, world) => world.passTime(ms))

const seat = fc.constantFrom<Seat>(0, 1)

/** Before it, nothing can happen. */
export function firstCommand() {
  return seat.map(post)
}

export function streamCommands() {
  const index = fc.nat(5)
  const position = fc.constantFrom<Position>("own", "own", "none", "never-was")
  const ticks = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 0, 5, 120)).map((each) => tick(...each))
  const attaches = seat.map(attach)
  return fc.commands(
    [
      seat.map(post),
      attaches,
      attaches,
      index.map(detach),
      fc.tuple(index, seat, position).map((each) => reattach(...each)),
      seat.map(stop),
      seat.map(kill),
      fc.constantFrom<"log" | "everything">("log", "everything").map(loseLog),
      ticks,
      ticks,
      ticks,
      fc.constantFrom(3_000, 6_000).map(passTime),
    ],
    { maxCommands: 20, size: "max" },
  )
}
