/** Logs written by a newer deployment while processes of this one still read, as in a rolling deploy or a rollback. */
import { randomUUID } from "node:crypto"
import type { UIMessageChunk } from "ai"
import { expect, onTestFinished, test } from "vitest"
import { type EventId, eventId } from "#lib/chat-protocol.ts"
import { logRelay } from "#lib/relay/log-relay.ts"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { follow, readRelay } from "#tests/support/relays/relay-reader.ts"
import { scriptedSource } from "#tests/support/relays/scripted-source.ts"

/** A stream of this version that runs, then is taken over by a process that writes this. */
async function takenOver(...entries: object[]) {
  const store = memoryStore()
  const streamId = randomUUID()
  const logKey = `rejoin:{${streamId}}:log`
  const problems: unknown[] = []
  const here = logRelay({ store, flushEveryMs: 5 })
  const there = logRelay({ store, flushEveryMs: 5, onProblem: (error) => problems.push(error) })
  onTestFinished(async () => {
    await here.close()
    await there.close()
  })
  const source = scriptedSource()
  const opened = await here.resumableStream(streamId, source.makeStream)
  void readRelay(opened.items)
  source.say("one ")
  await expect.poll(async () => (await store.readLast(logKey))?.id).toBe("1-3")
  const follower = await follow(there, streamId)
  const after = "1-3"
  for (const [index, entry] of entries.entries()) {
    const id: EventId = eventId(2, 4 + index)
    const chained = { id, after: index === 0 ? after : eventId(2, 3 + index), ...entry }
    await store.append(logKey, id, JSON.stringify(chained), { mustExist: true })
  }
  source.close()
  return { there, streamId, follower, problems }
}

const chunk = (value: object) => ({ chunks: [value as UIMessageChunk] })
const end = chunk({ type: "finish" })

test("F53 unknown fields, chunk types and data parts pass through unchanged", async () => {
  const future = { type: "mood", mood: "bright" }
  const { follower } = await takenOver(
    { ...chunk({ type: "text-delta", id: "text", delta: "two", tone: "warm" }), version: 2, from: { process: "x" } },
    chunk(future),
    chunk({ type: "data-weather", data: { sky: "blue" } }),
    end,
  )
  expect(await follower.toTheEnd()).toEqual({ text: "one two", isWhole: true })
  expect(follower.events.map((event) => event.chunk)).toContainEqual(future)
})

test.each([
  ["an entry of another shape", { packed: "AAAA" }],
  ["chunks that are none", { chunks: ["two"] }],
])("F53 %s cuts followers off without an end, and further followers find nothing", async (_, entry) => {
  const { there, streamId, follower, problems } = await takenOver(entry, end)
  expect(await follower.toTheEnd()).toEqual({ text: "one ", isWhole: false })
  expect(await there.resumeExistingStream(streamId)).toBeUndefined()
  expect(await there.status(streamId)).toBe("ended")
  await expect(there.readLog(streamId)).rejects.toThrow("another version")
  expect(problems).not.toEqual([])
})
