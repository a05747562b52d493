/**
 * Whatever happens to a stream, in whatever order: the promises of a stream hold.
 *
 * Real servers (route handlers, Postgres, the relay over its store), two at a time; only the model is replaced, and says
 * each word on command. After every run the history checker reads what each reader saw, and the little reference in
 * `stream-commands.ts` gives the possible endings. Periodic work of processes happens when the test moves its clock.
 *
 * A failure prints its seed and path: `SEED=…` runs the same commands again, `SEED=… SEED_PATH=…` only the failed run,
 * and makes it smaller. `RUNS=…` runs more or fewer.
 */
import fc from "fast-check"
import { expect, test } from "vitest"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { processStore } from "#tests/support/relays/process-store.ts"
import { useRedis } from "#tests/support/relays/two-processes.ts"
import { seeded } from "#tests/support/seeded-property.ts"
import { serverProcesses } from "#tests/support/servers/server-processes.ts"
import { runsMs } from "./step.ts"
import { type Expected, firstCommand, nothingYet, streamCommands } from "./stream-commands.ts"
import { streamWorld } from "./stream-world.ts"
import { timeOnDemand } from "./time-on-demand.ts"

const runs = Number(process.env.RUNS ?? 50)
const redis = useRedis()

timeOnDemand()

/** Where a log is kept, and how that place forgets a key, or all there is. */
const places = {
  redis: () => ({
    openStore: () => redisStore(redis()),
    forget: (key?: string) => (key ? redis().command("DEL", key) : redis().command("FLUSHALL")),
  }),
  memory() {
    const memory = memoryStore()
    return { openStore: () => ownPart(memory), forget: async (key?: string) => key && memory.delete(key) }
  },
}

test.each([
  ["log", "redis"],
  ["log", "memory"],
  ["pubsub", "redis"],
] as const)("at any step, %s over %s keeps its promises", { timeout: runsMs }, async (relay, place) => {
  const { openStore, forget } = places[place]()
  const servers = await serverProcesses({ openStore, environment: { STREAM_RELAY: relay, SAVE_EVERY_CHARS: "20" } })
  const client = await servers.guest()
  const loseLog = (how: "log" | "everything", streamId: string) =>
    forget(how === "log" || place === "memory" ? `rejoin:{${streamId}}:log` : undefined)

  await fc.assert(
    fc.asyncProperty(firstCommand(), streamCommands(), async (first, commands) => {
      const chat = await streamWorld(servers, client)
      const world = Object.assign(chat, { loseLog: (how: "log" | "everything") => loseLog(how, chat.streamId) })
      const now = nothingYet()
      try {
        await first.run(now, world)
        await fc.asyncModelRun(() => ({ model: now, real: world }), commands)
        const stored = await world.step("everything ends", world.finish())
        expectEnd(relay, now, stored)
      } finally {
        await world.close()
      }
    }),
    seeded(runs),
  )
})

/** Checks that it ended as it must after everything that happened. */
function expectEnd(relay: "log" | "pubsub", now: Expected, stored: { status: string; epoch: number }) {
  const interrupted = relay === "log" ? stored.epoch > 3 : now.killed > 0
  if (now.isStopped) expect(["STOPPED", ...(interrupted ? ["INTERRUPTED"] : [])]).toContain(stored.status)
  else if (interrupted) expect(["INTERRUPTED", ...(now.mayBeComplete ? ["COMPLETE"] : [])]).toContain(stored.status)
  else expect(["COMPLETE", ...(now.mayBeComplete ? ["STOPPED"] : [])]).toContain(stored.status)
}

/** A store that belongs to no process: one that dies or closes takes only its own connections with it. */
function ownPart(shared: Store): Store {
  const store = processStore(shared)
  return { ...store, close: () => store.kill() }
}
