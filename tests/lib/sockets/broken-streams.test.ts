/** What a request on a socket gets where the stream behind it breaks off. */

import { randomUUID } from "node:crypto"
import { getEventListeners } from "node:events"
import { setTimeout as wait } from "node:timers/promises"
import { expect, test } from "vitest"
import { endsStream, eventId, textOf } from "#lib/chat-protocol.ts"
import type { RelayItem } from "#lib/relay/relay.ts"
import type { Services } from "#lib/services.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { type Frame, type FrameClient, frameClient } from "#tests/support/clients/socket-client.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"
import { socketServer } from "#tests/support/servers/socket-server.ts"

const redis = useRedis()

function send(chatId: string, fields: object = {}) {
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "count" }] }
  return { type: "send", requestId: "q", id: chatId, message, ...fields }
}

function expectUnbroken(frames: Frame[]): void {
  const chunks = frames.filter(({ type }) => type === "chunk")
  expect(chunks.map(({ sequence }) => sequence)).toEqual(chunks.map((_, index) => index))
  expect(frames.map(({ type }) => type)).toEqual(["start", ...chunks.map(({ type }) => type), "end"])
}

test("F1 a request goes on where its answer's producer dies and another process takes over", async () => {
  const first = scripted("one two three four", { held: true })
  const { guest, other, loseFirst, charges } = await twoProcesses(redis(), first, scripted(" three four"))
  const { open } = await socketServer()
  const client = await guest()
  const asking = frameClient(await open({ cookie: client.cookie }))
  asking.send(send(client.chatId))
  await first.releaseUntil("two")
  await asking.untilText("q", "two")
  globalThis.rejoinServices = Promise.resolve(other)
  const following = frameClient(await open({ cookie: client.cookie }))
  following.send({ type: "resume", requestId: "q", id: client.chatId })
  await following.untilText("q", "two")
  await loseFirst()
  await recoverAll(other.chat)
  await following.until("q", "end")
  expectUnbroken(following.frames("q"))
  expect(following.text("q")).toBe("one two three four")
  expect(following.frames("q").findLast(({ id }) => id)?.id).toMatch(/^2-/)
  expect(await charges()).toHaveLength(1)
})

test("F1 a stock client that resumes after a taken-over answer has ended gets all of it, since it may have been cut off", async () => {
  const first = scripted("one two three four", { held: true })
  const { guest, other, loseFirst } = await twoProcesses(redis(), first, scripted(" three four"))
  const { open } = await socketServer()
  const client = await guest()
  const answer = await client.post("count")
  await first.releaseUntil("two")
  await answer.readUntil("two")
  await loseFirst()
  await recoverAll(other.chat)
  await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  const frames = frameClient(await open({ cookie: client.cookie }))
  frames.send({ type: "resume", requestId: "r", id: client.chatId })
  await frames.until("r", "end")
  expectUnbroken(frames.frames("r"))
  expect(frames.frames("r")[0]).toMatchObject({ resume: "stored" })
  expect(frames.text("r")).toBe(textOf((await client.messages()).at(-1)?.parts ?? []))
  expect(frames.text("r")).toContain("four")
})

test("F2 at a hand-over our own client is told to come back, a stock client only loses its socket, and followers elsewhere go on", async () => {
  const first = scripted("one two three four", { held: true })
  const { guest, services, other } = await twoProcesses(redis(), first, scripted(" three four"))
  const { open } = await socketServer()
  const client = await guest()
  const own = frameClient(await open({ cookie: client.cookie }))
  const stock = frameClient(await open({ cookie: client.cookie }))
  own.send(send(client.chatId, { caughtUp: true }))
  await first.releaseUntil("two")
  await own.untilText("q", "two")
  stock.send({ type: "resume", requestId: "q", id: client.chatId })
  globalThis.rejoinServices = Promise.resolve(other)
  const elsewhere = frameClient(await open({ cookie: client.cookie }))
  elsewhere.send({ type: "resume", requestId: "q", id: client.chatId })
  for (const each of [stock, elsewhere]) await each.untilText("q", "two")

  await services.drain(0)
  expect([await own.closed, await stock.closed]).toEqual([1012, 1012])
  expect(own.frames("q").at(-1)).toMatchObject({ type: "error", code: "shutting_down", retryable: true })
  expect(stock.frames("q").map(({ type }) => type)).not.toContain("error")
  expect(stock.frames("q").map(({ type }) => type)).not.toContain("end")
  await recoverAll(other.chat)
  await elsewhere.until("q", "end")
  expectUnbroken(elsewhere.frames("q"))
  expect(elsewhere.text("q")).toBe("one two three four")
})

test.each([true, false])(
  "a stream that breaks off is followed again within the request, caughtUp: %s",
  async (isOwn) => {
    const { frames, model, followed } = await cutAfter("two", { isOwn, isContinued: true })
    await expect.poll(followed).toBe(2)
    model.release()
    await frames.until("r", "end")
    expectUnbroken(frames.frames("r").filter(({ type }) => type !== "caught-up"))
    expect(frames.text("r")).toBe("one two three four")
  },
)

test("where it has to start over, our own client is told so, and its other requests stay", async () => {
  const { frames } = await cutAfter("two", { isOwn: true, isContinued: false })
  expect(await frames.until("r", "error")).toMatchObject({ code: "stream_reset", retryable: true })
  frames.send({ type: "resume", requestId: "again", id: randomUUID() })
  await frames.until("again", "no-active")
})

test("where it has to start over, a stock client's socket is closed, since that is what makes it resume", async () => {
  const { frames } = await cutAfter("two", { isOwn: false, isContinued: false })
  expect(await frames.closed).toBe(1012)
  expect(frames.frames("r").map(({ type }) => type)).not.toContain("end")
  expect(frames.frames("r").map(({ type }) => type)).not.toContain("error")
})

test("where it has to start over and has ended, a stock client is told to reload, since nothing runs that it could resume", async () => {
  const { guest, services } = await freshService({ model: scripted("one two", { held: true }) })
  const { open } = await socketServer()
  const client = await guest()
  await client.post("count")
  const lastChunk = (item: RelayItem) => item !== "caught-up" && endsStream(item.chunk)
  wrapFollowers(services, (items) => items.pipeThrough(until(lastChunk, { isLastSent: false })))
  const frames = frameClient(await open({ cookie: client.cookie }))
  frames.send({ type: "resume", requestId: "r", id: client.chatId })
  await frames.until("r", "start")
  await client.stop()
  expect(await frames.until("r", "error")).toMatchObject({
    code: "stream_reset",
    errorText: expect.stringMatching(/Reload/),
  })
})

interface Cut {
  frames: FrameClient
  model: TestModel
  /** how often the stream has been followed */
  followed(): number
}

/** Follows an answer by a request `r` whose stream breaks off once after these words. */
async function cutAfter(words: string, { isOwn, isContinued }: { isOwn: boolean; isContinued: boolean }): Promise<Cut> {
  const model = scripted("one two three four", { held: true })
  const { guest, services } = await freshService({ model })
  const { open } = await socketServer()
  const client = await guest()
  const answer = await client.post("count")
  await model.releaseUntil(words)
  await answer.readUntil(words)
  let followed = 0
  wrapFollowers(
    services,
    (items) => (followed++ === 0 ? items.pipeThrough(until((item) => item === "caught-up")) : items),
    isContinued,
  )
  const frames = frameClient(await open({ cookie: client.cookie }))
  frames.send({ type: "resume", requestId: "r", id: client.chatId, caughtUp: isOwn })
  await frames.untilText("r", words)
  return { frames, model, followed: () => followed }
}

type Items = ReadableStream<RelayItem>

/** Changes what followers of this process read. */
function wrapFollowers(services: Services, wrap: (items: Items) => Items, keepsPosition = true): void {
  const { relay } = services.chat
  const follow = relay.resumeExistingStream
  relay.resumeExistingStream = async (streamId, position) => {
    const followed = await follow(streamId, keepsPosition ? position : undefined)
    return followed && { ...followed, items: wrap(followed.items) }
  }
}

/** Ends a stream after the first item that is the last one. */
function until(
  isLast: (item: RelayItem) => boolean,
  { isLastSent = true } = {},
): TransformStream<RelayItem, RelayItem> {
  return new TransformStream({
    transform(item, controller) {
      if (isLastSent || !isLast(item)) controller.enqueue(item)
      if (isLast(item)) controller.terminate()
    },
  })
}

test("a reader that takes nothing is not read for, and gets everything once it reads again", async () => {
  const count = 1_000
  const { guest, services } = await freshService({ model: scripted("one", { held: true }) })
  const { open } = await socketServer()
  const client = await guest()
  await client.post("count")
  let read = 0
  // Far more than the kernel keeps for a reader that does not read.
  const large = (seq: number): RelayItem => {
    const id = eventId(1, seq)
    if (seq === 1) return { id, chunk: { type: "text-start", id: "t" } }
    return seq < count
      ? { id, chunk: { type: "text-delta", id: "t", delta: "x".repeat(50_000) } }
      : { id, chunk: { type: "finish" } }
  }
  wrapFollowers(services, (items) => {
    void items.cancel()
    return new ReadableStream({ pull: (controller) => controller.enqueue(large(++read)) }, { highWaterMark: 0 })
  })
  const frames = frameClient(await open({ cookie: client.cookie }))
  frames.send({ type: "resume", requestId: "r", id: client.chatId })
  await frames.until("r", "start")
  frames.socket.pause()
  for (let before = -1; before !== read; await wait(200)) before = read
  expect(read).toBeLessThan(count)
  frames.socket.resume()
  await frames.until("r", "end")
  expectUnbroken(frames.frames("r"))
  expect(frames.text("r")).toHaveLength((count - 2) * 50_000)
})

test("nothing is left of a socket that was closed amid its answers", async () => {
  const model = scripted("one two three", { held: true })
  const { guest, services } = await freshService({ model })
  const { open } = await socketServer()
  const client = await guest()
  const frames = frameClient(await open({ cookie: client.cookie }))
  frames.send(send(client.chatId))
  await frames.until("q", "chunk")
  for (let index = 0; index < 10; index++) frames.send({ type: "resume", requestId: `${index}`, id: client.chatId })
  for (let index = 0; index < 10; index++) await frames.until(`${index}`, "chunk")
  const readers = () => services.chat.relay.report()?.streams.map((stream) => stream.readers)
  expect(readers()).toEqual([11])
  expect(getEventListeners(services.drained, "abort")).toHaveLength(1)
  frames.socket.terminate()
  await expect.poll(readers).toEqual([0])
  expect(getEventListeners(services.drained, "abort")).toHaveLength(0)
  model.release()
})
