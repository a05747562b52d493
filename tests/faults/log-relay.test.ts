/** Faults that the log relay survives: lost messages, lost logs, and producers that wake too late. */
import { randomUUID } from "node:crypto"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { eventId } from "#lib/chat-protocol.ts"
import { encodeEntry } from "#lib/relay/log-entry.ts"
import { logRelay } from "#lib/relay/log-relay.ts"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { type Store, StoreUnavailable } from "#lib/relay/stores/store.ts"
import { processStore } from "#tests/support/relays/process-store.ts"
import { follow, readRelay } from "#tests/support/relays/relay-reader.ts"
import { running, words } from "#tests/support/relays/running-log.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"

describe("messages by pub/sub are only hints", () => {
  test("F10 a follower that loses all messages reads every word from the log within 2 s", async () => {
    const shared = memoryStore()
    const hereStore = processStore(shared)
    const { there, streamId, source } = await running(shared, hereStore)
    source.say("one ")
    const follower = await follow(there, streamId)
    hereStore.onPublish = () => "lose"
    source.say("two ", "three")
    await follower.until("three")
    source.finish()
    source.close()
    expect(await follower.toTheEnd()).toEqual({ text: "one two three", isWhole: true })
  })

  test("a follower that has left costs one more message, and then nothing", async () => {
    const shared = memoryStore()
    const [hereStore, thereStore] = [processStore(shared), processStore(shared)]
    const { there, streamId, source, first } = await running(shared, hereStore, thereStore)
    source.say("w0 ")
    const follower = await follow(there, streamId)
    await follower.leave()
    await expect.poll(() => thereStore.openSubscriptions).toBe(0)
    let messages = 0
    hereStore.onPublish = () => {
      messages += 1
      return "send"
    }
    for (const word of words(1, 50)) {
      source.say(word)
      await first.until(word)
    }
    expect(messages).toBeLessThanOrEqual(1)
    source.close()
  })

  test("F8 F10 a message lost while the log accepts no writes is sent again", async () => {
    const shared = memoryStore()
    const hereStore = processStore(shared)
    const { there, streamId, source } = await running(shared, hereStore)
    source.say("one ")
    const follower = await follow(there, streamId)
    await follower.until("one ")
    hereStore.append = () => Promise.reject(new StoreUnavailable("OOM command not allowed"))
    hereStore.onPublish = (_channel, message) => (message.includes("two ") ? "lose" : "send")
    source.say("two ")
    await new Promise(setImmediate)
    hereStore.onPublish = () => "send"
    source.say("three ")
    await new Promise(setImmediate)
    source.say("four ")
    await follower.until("four ")
    expect(follower.text()).toBe("one two three four ")
    source.close()
  })

  test("F9 randomly lost, repeated and failing messages cause neither gaps nor repetitions", async () => {
    const shared = memoryStore()
    const hereStore = processStore(shared)
    const seed = Date.now() % 100_000
    let random = seed
    const fates = ["send", "lose", "repeat", "send", "fail"] as const
    hereStore.onPublish = () => {
      random = (random * 16_807) % 2_147_483_647
      return fates[random % fates.length] ?? "send"
    }
    const { there, streamId, source } = await running(shared, hereStore)
    source.say("w0 ")
    const followers = await Promise.all([follow(there, streamId), follow(there, streamId)])
    for (const word of words(1, 300)) {
      source.say(word)
      if (Number(word.slice(1)) % 7 === 0) await new Promise(setImmediate)
    }
    source.finish()
    source.close()
    const whole = { text: words(0, 300).join(""), isWhole: true }
    for (const follower of followers) expect(await follower.toTheEnd(), `seed ${seed}`).toEqual(whole)
  })
})

test("text that is not JSON on a process's channel is skipped and reported once, and a later stop is heard", async () => {
  const store = memoryStore()
  const channels: string[] = []
  const watched: Store = {
    ...store,
    subscribe(channel, ...heard) {
      channels.push(channel)
      return store.subscribe(channel, ...heard)
    },
  }
  const problems: unknown[] = []
  const here = logRelay({ store: watched, onProblem: (error) => problems.push(error) })
  const there = logRelay({ store })
  onTestFinished(async () => {
    await here.close()
    await there.close()
  })
  const [streamId, source, stopped] = [randomUUID(), scriptedSource(), Promise.withResolvers<void>()]
  const { items } = await here.resumableStream(streamId, source.makeStream, { onStop: stopped.resolve })
  void readRelay(items)
  await expect.poll(() => store.get(`rejoin:{${streamId}}:producer`)).toBeDefined()
  for (const noise of ["hello", "", "{"]) await store.publish(channels[0] ?? "", noise)
  await there.stop(streamId)
  await stopped.promise
  expect(problems).toMatchObject([{ message: expect.stringContaining("not JSON") }])
  source.finish()
  source.close()
})

describe("F4 F7 a lost log", () => {
  test("is rewritten under the same ids: an old follower sees no gap, and a new one gets all of it", async () => {
    const store = memoryStore()
    const { there, streamId, source, first, logKey } = await running(store)
    source.say("one ", "two ")
    const before = await follow(there, streamId)
    await store.delete(logKey)
    source.say("three ")
    await expect.poll(async () => (await store.readLast(logKey))?.id).toBe("1-5")
    const newcomer = logRelay({ store })
    const after = await follow(newcomer, streamId)
    expect(after.text()).toBe("one two three ")
    source.finish()
    source.close()
    for (const reader of [first, before, after])
      expect(await reader.toTheEnd()).toEqual({ text: "one two three ", isWhole: true })
    await newcomer.close()
  })
})

test("F7 a whole log that is lost before its producer learned of its last write is written again, and has ended", async () => {
  const shared = memoryStore()
  const hereStore = processStore(shared)
  const { here, there, streamId, source, first, logKey } = await running(shared, hereStore)
  const append = hereStore.append
  const acknowledged = Promise.withResolvers<void>()
  hereStore.append = async (...entry) => {
    await append(...entry)
    hereStore.append = append
    await acknowledged.promise
    throw new StoreUnavailable("the acknowledgement came too late")
  }
  source.say("one")
  source.finish()
  source.close()
  await first.toTheEnd()
  await expect.poll(() => there.status(streamId)).toBe("ended")
  await shared.delete(logKey)
  acknowledged.resolve()
  await expect.poll(() => there.status(streamId)).toBe("ended")
  expect(await there.resumeExistingStream(streamId)).toBeUndefined()
  await expect.poll(() => here.report()?.streams).toEqual([])
})

test("F4 a store that stays away after a stream's end does not keep the stream in memory", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const shared = memoryStore()
  const hereStore = processStore(shared)
  hereStore.append = () => Promise.reject(new StoreUnavailable("a test wants it so"))
  const { here, streamId, source, first } = await running(shared, hereStore)
  source.say("one")
  source.finish()
  source.close()
  await first.toTheEnd()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(await here.status(streamId)).toBe("ended")
  await vi.advanceTimersByTimeAsync(10_000)
  vi.useRealTimers()
  await expect.poll(() => here.status(streamId)).toBe("unknown")
})

describe("a replaced producer", () => {
  test("is refused by the log and told to stop", async () => {
    const store = memoryStore()
    const { source, logKey, stops } = await running(store)
    source.say("one ")
    await expect.poll(async () => (await store.readLast(logKey))?.id).toBe("1-3")
    const takenOver = encodeEntry("1-3", [{ id: eventId(2, 4), chunk: { type: "text-end", id: "text" } }])
    await store.append(logKey, takenOver.id, takenOver.value, { mustExist: true })
    source.say("two ")
    await expect.poll(stops).toBe(1)
    expect((await store.readLast(logKey))?.id).toBe("2-4")
    source.close()
  })

  test("its published but unlogged events keep their ids when the next producer sends them to any follower", async () => {
    const shared = memoryStore()
    const [hereStore, thereStore] = [processStore(shared), processStore(shared)]
    const { there, streamId, source, logKey } = await running(shared, hereStore, thereStore)
    source.say("one ")
    const takesOver = await follow(there, streamId)
    await expect.poll(async () => (await shared.readLast(logKey))?.id).toBe("1-3")
    hereStore.append = () => new Promise(() => undefined)
    source.say("two ")
    await takesOver.until("two ")
    await hereStore.kill()

    const before = (await there.readLog(streamId)) ?? []
    thereStore.append = () => Promise.reject(new StoreUnavailable("a test wants it so"))
    const next = scriptedSource(2, before.length)
    await there.resumableStream(streamId, next.makeStream, { before })
    next.say("three")
    await takesOver.until("three")
    const elsewhere = logRelay({ store: shared })
    const newcomer = await follow(elsewhere, streamId)
    await newcomer.until("three")
    const reattached = await follow(elsewhere, streamId, "1-4")
    expect(reattached.resume).toBe("continued")
    expect(reattached.text()).toBe("three")
    next.close()
    await elsewhere.close()
  })

  test("a follower no further than the log continues with the next producer; one further ahead is cut off, then reset", async () => {
    const shared = memoryStore()
    const hereStore = processStore(shared)
    const { there, streamId, source, logKey } = await running(shared, hereStore)
    source.say("one ")
    const follower = await follow(there, streamId)
    await follower.until("one ")
    await hereStore.kill()
    const beyond = { id: eventId(2, 4), chunk: { type: "text-delta", id: "text", delta: "two" } } as const
    const end = { id: eventId(2, 5), chunk: { type: "finish" } } as const
    const takenOver = encodeEntry("1-3", [beyond, end])
    await shared.append(logKey, takenOver.id, takenOver.value, { mustExist: true })
    expect(await follower.toTheEnd()).toEqual({ text: "one two", isWhole: true })
    expect((await there.resumeExistingStream(streamId, "1-99"))?.resume ?? "ended").toBe("ended")
    source.close()
  })
})

describe("a producer that starts over after finding no log or an outdated one", () => {
  /** Writes the stream again from its first event, into a log that still has the earlier one. */
  async function restarted() {
    const shared = memoryStore()
    const hereStore = processStore(shared)
    const { there, streamId, source, logKey } = await running(shared, hereStore)
    source.say("one ")
    const follower = await follow(there, streamId)
    await follower.until("one ")
    await expect.poll(async () => (await shared.readLast(logKey))?.id).toBe("1-3")
    await hereStore.kill()
    const stored = encodeEntry(undefined, [
      { id: eventId(2, 1), chunk: { type: "start", messageId: "answer" } },
      { id: eventId(2, 2), chunk: { type: "text-start", id: "0" } },
      { id: eventId(2, 3), chunk: { type: "text-delta", id: "0", delta: "one two " } },
    ])
    await shared.append(logKey, stored.id, stored.value, { mustExist: true })
    source.close()
    return { shared, there, streamId, follower }
  }

  test("a follower of the previous producer is cut off, and reset when it returns", async () => {
    const { there, streamId, follower } = await restarted()
    expect(await follower.toTheEnd()).toEqual({ text: "one ", isWhole: false })
    expect((await there.resumeExistingStream(streamId, "1-3"))?.resume).toBe("reset")
    expect((await follow(there, streamId)).text()).toBe("one two ")
  })

  test("a new follower gets nothing of the previous producer", async () => {
    const { shared, streamId } = await restarted()
    const newcomer = logRelay({ store: shared })
    expect((await follow(newcomer, streamId)).text()).toBe("one two ")
    await newcomer.close()
  })
})
