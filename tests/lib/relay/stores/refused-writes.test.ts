/** A Redis that answers but cannot be used counts as away, says why, and is used again without a restart. */
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest"
import { redisStore } from "#lib/relay/stores/redis.ts"
import { refusalOf } from "#lib/relay/stores/refusals.ts"
import { LinkDown, type Store } from "#lib/relay/stores/store.ts"
import { upstashStore } from "#lib/relay/stores/upstash.ts"
import { inbox } from "#tests/support/relays/inbox.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import { startUpstash } from "#tests/support/relays/upstash-server.ts"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { hangMs } from "#tests/support/within.ts"

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const patient = { timeout: hangMs }

test.each([
  ["READONLY You can't write against a read only replica.", "READONLY"],
  ["MOVED 3999 127.0.0.1:6381", "MOVED"],
  ["NOPERM User chat has no permissions to run the 'xadd' command", "NOPERM"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "OOM"],
  ["MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", "MISCONF"],
  ["LOADING Redis is loading the dataset in memory", "LOADING"],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "MASTERDOWN"],
  ["CLUSTERDOWN Hash slot not served", "CLUSTERDOWN"],
  ["NOAUTH Authentication required.", "NOAUTH"],
  ["NOREPLICAS Not enough good replicas to write.", "NOREPLICAS"],
  ["Command failed: OOM command not allowed", "OOM"],
  ['READONLY You can\'t write, command was: ["set","a","b"]', "READONLY"],
  ["ERR unknown command 'XADD', with args beginning with: 'log'", "ERR"],
  ["ERR max daily request limit exceeded. Limit: 10000", "ERR"],
  ["ERR max request size exceeded. Limit: 1048576 bytes, Actual: 1277695 bytes.", undefined],
  ["WRONGTYPE Operation against a key holding the wrong kind of value", undefined],
  ["ERR The ID specified in XADD is equal or smaller than the target stream top item", undefined],
  ["ERR value is not an integer or out of range", undefined],
  ["connect ECONNREFUSED 127.0.0.1:6379", undefined],
])("I1 Redis errors are told apart: %s", (message, word) => {
  expect(refusalOf(new Error(message))).toBe(word)
})

const upstash = async () => {
  const server = await startUpstash(redis.url)
  onTestFinished(() => server.stop())
  return server
}
const opening = {
  redis: async (listeners: object) => redisStore({ url: redis.url, deadlineMs: hangMs, ...listeners }),
  upstash: async (listeners: object) => upstashStore({ ...(await upstash()), deadlineMs: hangMs, ...listeners }),
}

test.each(
  (["redis", "upstash"] as const).flatMap((name) => [
    { name, word: "OOM", setting: ["maxmemory", "1", "0"] as const },
    { name, word: "NOREPLICAS", setting: ["min-replicas-to-write", "3", "0"] as const },
  ]),
)(
  "I1 a store that refuses writes ($word) is one that is away, is told once, and comes back by itself: $name",
  async ({ name, word, setting: [key, on, off] }) => {
    const onProblem = vi.fn()
    const onReturn = vi.fn()
    const store = await opening[name]({ onProblem, onReturn })
    onTestFinished(() => store.close())
    await store.set("key", "value", 60_000)
    await redis.command("CONFIG", "SET", key, on)
    try {
      expect(await store.ping()).toBe(false)
      const calls = Array.from({ length: 20 }, () => store.append("log", "1-1", "value", { mustExist: false }))
      for (const outcome of await Promise.allSettled(calls))
        expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(LinkDown) })
      await expect(store.pushCapped("list", "v", { maxLength: 2, ttlMs: 1_000 })).rejects.toThrow(LinkDown)
      expect(store).toMatchObject({ isReachable: false, refusal: word })
      expect(onProblem.mock.calls).toMatchObject([[{ message: expect.stringContaining(`(${word})`) }]])
    } finally {
      await redis.command("CONFIG", "SET", key, off)
    }
    await expect.poll(() => store.isReachable, patient).toBe(true)
    expect(store.refusal).toBeUndefined()
    await store.set("key", "value", 60_000)
    await expect.poll(() => onReturn.mock.calls.length, patient).toBe(1)
    expect(onProblem).toHaveBeenCalledTimes(1)
  },
)

test("I1 a refusal within a transaction is found, and missing permissions are named", async () => {
  await redis.command(
    "ACL",
    "SETUSER",
    "reader",
    "on",
    ">hunter2",
    "~*",
    "&*",
    "+@read",
    "+ping",
    "+multi",
    "+exec",
    "+info",
  )
  const onProblem = vi.fn()
  const store = redisStore({ url: redis.url.replace("redis://", "redis://reader:hunter2@"), onProblem })
  onTestFinished(() => store.close())
  await expect(store.pushCapped("list", "v", { maxLength: 2, ttlMs: 1_000 })).rejects.toThrow(LinkDown)
  expect(store.refusal).toBe("NOPERM")
  expect(onProblem).toHaveBeenCalledTimes(1)
  expect(String(onProblem.mock.calls[0]?.[0])).not.toContain("hunter2")
})

test("I1 after a failover by name every connection is on the new master, even in a process that only reads", async () => {
  const next = await startRedis()
  onTestFinished(() => next.stop())
  const target = { port: redis.port }
  const name = await startFaultProxy(target)
  onTestFinished(() => name.close())
  const url = name.through(redis.url)
  const stores = [redisStore({ url }), redisStore({ url })] as [Store, Store]
  onTestFinished(async () => void (await Promise.all(stores.map((store) => store.close()))))
  const [writer, reader] = stores
  const heard = inbox()
  await reader.subscribe("news", heard.deliver)
  await reader.get("key")
  await writer.subscribe("other", () => undefined)
  await writer.set("key", "value", 60_000)

  target.port = next.port
  await redis.command("REPLICAOF", "127.0.0.1", String(next.port))
  try {
    const onNew = async () => String(await next.command("CLIENT", "LIST", "TYPE", "NORMAL")).match(/name=/g)?.length
    const listening = async () => String(await next.command("CLIENT", "LIST", "TYPE", "PUBSUB")).match(/name=/g)?.length
    // Besides our connections there is the one that lists them.
    await expect.poll(async () => [await onNew(), await listening()], patient).toEqual([3, 2])
    await expect.poll(() => writer.publish("news", "after").catch(() => 0), patient).toBe(1)
    expect(await heard.take(1)).toEqual(["after"])
  } finally {
    await redis.command("REPLICAOF", "NO", "ONE")
  }
})

test("I8 a connection that is cut whenever it is idle is reported once, not each time", async () => {
  const proxy = await startFaultProxy({ port: redis.port })
  onTestFinished(() => proxy.close())
  const onProblem = vi.fn()
  const store = redisStore({ url: proxy.through(redis.url), onProblem })
  onTestFinished(() => store.close())
  for (let round = 0; round < 5; round++) {
    await expect
      .poll(
        () =>
          store.get("key").then(
            () => "answered",
            () => "cut",
          ),
        patient,
      )
      .toBe("answered")
    proxy.reset()
    await expect.poll(() => proxy.openConnections).toBe(0)
  }
  expect(onProblem).toHaveBeenCalledTimes(1)
})
