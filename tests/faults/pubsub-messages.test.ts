/** What the pub/sub relay withstands of a store that answers: messages that get lost, fail, come late or are not ours. */
import { randomUUID } from "node:crypto"
import { setImmediate as turn } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import { pubsubRelay } from "#lib/relay/pubsub-relay.ts"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { StoreUnavailable } from "#lib/relay/stores/store.ts"
import { processStore } from "#tests/support/relays/process-store.ts"
import { follow, readRelay } from "#tests/support/relays/relay-reader.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"

test("a follower that misses a message is cut off without an end, and gets the rest when it comes back", async () => {
  const { there, streamId, source, first, hereStore } = await running("one ")
  const follower = await follow(there, streamId)
  hereStore.onPublish = (_channel, message) => (message.includes("two ") ? "lose" : "send")
  source.say("two ")
  await first.until("two ")
  source.say("three ")
  expect(await follower.toTheEnd()).toEqual({ text: "one ", isWhole: false })

  hereStore.onPublish = () => "send"
  const again = await there.resumeExistingStream(streamId, follower.events.at(-1)?.id)
  expect(again?.resume).toBe("continued")
  source.finish()
  source.close()
  expect(again && (await readRelay(again.items).toTheEnd())).toEqual({ text: "two three ", isWhole: true })
})

test("a follower that receives every message twice reads it once", async () => {
  const { there, streamId, source, first, hereStore } = await running("one ")
  hereStore.onPublish = () => "repeat"
  const follower = await follow(there, streamId)
  source.say("two ", "three")
  source.finish()
  source.close()
  expect(await follower.toTheEnd()).toEqual(await first.toTheEnd())
})

test("a follower that misses the end is released once the store reports it", async () => {
  const { there, streamId, source, hereStore, thereStore } = await running("one")
  const follower = await follow(there, streamId)
  hereStore.onPublish = () => "lose"
  source.finish()
  source.close()
  expect(await follower.toTheEnd()).toEqual({ text: "one", isWhole: false })
  expect(thereStore.openSubscriptions).toBe(0)
})

test("a follower that receives an unreadable message is cut off without an end, and unsubscribed", async () => {
  const { there, streamId, shared, thereStore } = processes()
  const source = scriptedSource()
  const channels: string[] = []
  const subscribe = thereStore.subscribe
  thereStore.subscribe = (channel, onMessage) => {
    channels.push(channel)
    return subscribe(channel, onMessage)
  }
  const relay = pubsubRelay({ store: thereStore })
  await relay.resumableStream(streamId, source.makeStream)
  const follower = await follow(there, streamId)
  await shared.publish(channels.at(-1) ?? "", "no JSON")
  expect((await follower.toTheEnd()).isWhole).toBe(false)
  source.close()
  await expect.poll(() => thereStore.openSubscriptions).toBe(0)
})

test("a follower whose store fails while it waits for a dead producer learns that no stream is running", async () => {
  const { streamId, hereStore, thereStore } = await running("one ")
  await hereStore.kill()
  const get = thereStore.get
  let asked = 0
  thereStore.get = (key) => (++asked === 1 ? get(key) : Promise.reject(new StoreUnavailable("a test wants it so")))
  expect(await pubsubRelay({ store: thereStore }).resumeExistingStream(streamId)).toBeUndefined()
  expect(asked).toBe(2)
})

test("a follower whose backlog is lost does not begin in the middle", async () => {
  const { there, streamId, source, hereStore, thereStore } = await running("one ")
  hereStore.onPublish = (_channel, message) => (message.includes("one ") ? "lose" : "send")
  const following = there.resumeExistingStream(streamId)
  await expect.poll(() => thereStore.openSubscriptions).toBe(1)
  // Repeated until the follower has given up, so that its first message is one of these words.
  while (thereStore.openSubscriptions > 0) {
    source.say("two ")
    await turn()
  }
  expect(await following).toBeUndefined()
  source.close()
})

test("a follower asks again when the producer is counted as a subscriber but not yet listening", async () => {
  const { here, there, streamId, shared, thereStore } = processes()
  const source = scriptedSource()
  const sentinel = `rejoin:rs:sentinel:${streamId}`
  await shared.increment(sentinel)
  const asked = Promise.withResolvers<void>()
  thereStore.onPublish = () => {
    asked.resolve()
    return "send"
  }
  const following = there.resumeExistingStream(streamId)
  await asked.promise
  await shared.delete(sentinel)
  await here.resumableStream(streamId, source.makeStream)
  const followed = await following
  source.say("one")
  source.finish()
  source.close()
  expect(followed && (await readRelay(followed.items).toTheEnd())).toEqual({ text: "one", isWhole: true })
})

test("failing publishes stop neither the first reader nor the source, and are reported once", async () => {
  const { there, streamId, source, first, hereStore, problems } = await running("one ")
  const follower = await follow(there, streamId)
  hereStore.onPublish = () => "fail"
  source.say("two ", "three ", "four ")
  source.finish()
  source.close()
  expect(await first.toTheEnd()).toEqual({ text: "one two three four ", isWhole: true })
  await source.drained
  await expect.poll(() => there.status(streamId)).toBe("ended")
  expect(problems).toHaveLength(1)
  await follower.leave()
})

test("a source that ends while its store is unreachable does not wait for the store once per event", async () => {
  const { there, streamId, source, hereStore } = await running("one ")
  const follower = await follow(there, streamId)
  let attempts = 0
  const failing = Promise.withResolvers<"fail">()
  hereStore.onPublish = () => {
    attempts += 1
    return failing.promise
  }
  source.say(...Array.from({ length: 200 }, () => "word "))
  source.finish()
  source.close()
  await source.drained
  failing.resolve("fail")
  await expect.poll(() => there.status(streamId)).toBe("ended")
  expect(attempts).toBeLessThan(10)
  await follower.leave()
})

test("foreign messages on a channel are reported and do no harm", async () => {
  const { there, streamId, source, first, shared, problems } = await running("one ")
  await shared.publish(`rejoin:rs:request:${streamId}`, "not JSON")
  await expect.poll(() => problems.length).toBe(1)
  source.say("two")
  await first.until("two")
  expect((await follow(there, streamId)).text()).toBe("one two")
  source.close()
})

test("F12 a stream whose store answers late at the start can be followed from then on, from its first word", async () => {
  const { here, there, streamId, source, opened, answer } = await openedLate()
  source.say("one ")
  const first = readRelay(opened.items)
  await first.until("one ")
  answer()
  const follower = await follow(there, streamId)
  await follower.until("one ")
  source.say("two")
  source.finish()
  source.close()
  expect(await follower.toTheEnd()).toEqual({ text: "one two", isWhole: true })
  expect(await first.toTheEnd()).toEqual({ text: "one two", isWhole: true })
  expect(source.timesMade).toBe(1)
  await expect.poll(() => here.status(streamId)).toBe("ended")
})

test("a stream that ends before its store answers is known to have ended, and leaves no subscription", async () => {
  const { there, streamId, source, opened, answer, hereStore } = await openedLate()
  source.say("one")
  source.finish()
  source.close()
  expect(await readRelay(opened.items).toTheEnd()).toEqual({ text: "one", isWhole: true })
  answer()
  await expect.poll(() => there.status(streamId)).toBe("ended")
  await expect.poll(() => hereStore.openSubscriptions).toBe(0)
  expect(source.timesMade).toBe(1)
})

/** A stream of `here` whose store does not answer until the test lets it. */
async function openedLate() {
  const both = processes()
  const source = scriptedSource()
  const { promise, resolve: answer } = Promise.withResolvers<void>()
  const { increment } = both.hereStore
  both.hereStore.increment = async (key) => {
    await promise
    return increment(key)
  }
  const opened = await both.here.resumableStream(both.streamId, source.makeStream)
  expect(opened).toMatchObject({ role: "producer", isShared: false })
  return { ...both, source, opened, answer }
}

/** Two processes that share a store in memory; the test decides what happens to each message. */
function processes() {
  const shared = memoryStore()
  const [hereStore, thereStore] = [processStore(shared), processStore(shared)]
  const problems: unknown[] = []
  const here = pubsubRelay({ store: hereStore, onProblem: (error) => problems.push(error) })
  const there = pubsubRelay({ store: thereStore })
  onTestFinished(async () => {
    await here.close()
    await there.close()
  })
  return { here, there, hereStore, thereStore, shared, problems, streamId: randomUUID() }
}

/** Starts a stream in `here` that has sent these words. */
async function running(words: string) {
  const both = processes()
  const source = scriptedSource()
  const first = readRelay((await both.here.resumableStream(both.streamId, source.makeStream)).items)
  source.say(words)
  await first.until(words)
  return { ...both, source, first }
}
