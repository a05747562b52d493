/**
 * A race: several processes and clients act at once, and fast-check's scheduler decides which one continues at every
 * call of database or store. One call ends before the next begins, so that a seed repeats its order.
 */
import fc from "fast-check"
import { test } from "vitest"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { processStore } from "#tests/support/relays/process-store.ts"
import { seeded } from "#tests/support/seeded-property.ts"
import { type Gate, serverProcesses } from "#tests/support/servers/server-processes.ts"
import { runsMs } from "./step.ts"
import { type StreamWorld, streamWorld } from "./stream-world.ts"

export interface Race<Given> {
  world: StreamWorld
  given: Given
  /** Begins all of these and lets them run, one call after the other, until each is done. */
  run<Done extends Record<string, unknown>>(
    actions: {
      [Name in keyof Done]: () => Promise<Done[Name]> | Done[Name]
    },
  ): Promise<Done>
  /** Lets others go first this many times, for an action that waits at no gate itself. */
  pause(times: number): Promise<void>
}

interface RaceOptions<Given> {
  /** drawn again for each run */
  given: fc.Arbitrary<Given>
  /** default 50 */
  runs?: number
  environment?: Record<string, string>
}

/**
 * Declares a test of many orders of the race. A failure prints its seed and path: `SEED=…` repeats the
 * runs, `SEED=… SEED_PATH=…` only the failed one, reduced; `RUNS=…` sets their number.
 */
export function race<Given>(
  name: string,
  { given, runs = 50, environment = {} }: RaceOptions<Given>,
  body: (race: Race<Given>) => Promise<void>,
): void {
  const wanted = Number(process.env.RUNS ?? runs)
  test(`${name}, in ${wanted} orders`, { timeout: runsMs }, async () => {
    const memory = memoryStore()
    const openStore = () => {
      const store = processStore(memory)
      return { ...store, close: () => store.kill() }
    }
    const servers = await serverProcesses({ openStore, environment: { SAVE_EVERY_CHARS: "20", ...environment } })
    const client = await servers.guest()
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), given, async (scheduler, drawn) => {
        const { gate, run, pause } = turnstile(scheduler)
        const world = await streamWorld(servers, client, { gate })
        try {
          await world.step("the race", body({ world, given: drawn, run, pause }))
        } finally {
          await world.close()
        }
      }),
      seeded(wanted),
    )
  })
}

function turnstile(scheduler: fc.Scheduler) {
  let isOpen = true
  let underWay = 0
  let over = Promise.withResolvers<void>()

  const gate = (who: string): Gate =>
    async function pass(call, name) {
      if (!isOpen) await scheduler.schedule(Promise.resolve(), `${who}: ${name}`)
      underWay += 1
      try {
        return await call()
      } finally {
        underWay -= 1
        if (underWay === 0) {
          over.resolve()
          over = Promise.withResolvers()
        }
      }
    }

  /** Takes one step, and waits until everything that it starts waits at the next gate. */
  async function oneByOne(step: () => Promise<void>): Promise<void> {
    await step()
    await eventLoopTurn()
    while (underWay > 0) {
      await over.promise
      await eventLoopTurn()
    }
    await eventLoopTurn()
  }

  async function run<Done extends Record<string, unknown>>(
    actions: {
      [Name in keyof Done]: () => Promise<Done[Name]> | Done[Name]
    },
  ): Promise<Done> {
    isOpen = false
    const doing = Object.entries(actions).map(async ([name, action]) => {
      await scheduler.schedule(Promise.resolve(), name)
      return [name, await action()]
    })
    try {
      const done = await scheduler.waitFor(Promise.all(doing), oneByOne)
      return Object.fromEntries(done) as Done // each under its own name
    } finally {
      isOpen = true
      while (scheduler.count() > 0) await scheduler.waitNext(1, oneByOne)
    }
  }

  async function pause(times: number): Promise<void> {
    for (let time = 0; time < times; time++) await scheduler.schedule(Promise.resolve(), "pause")
  }

  return { gate, run, pause }
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
