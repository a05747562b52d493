/** What a durable stream gives at every offset, in every state of an answer, over every store, in both processes. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { buildServices } from "#lib/build-services.ts"
import { jsonCodec } from "#lib/durable/codec.ts"
import { offsetAfter } from "#lib/durable/offsets.ts"
import { StoreUnavailable } from "#lib/relay/stores/store.ts"
import type { Services } from "#lib/services.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { durableEvents, durableRead, restsOf } from "#tests/support/clients/durable-client.ts"
import { type Client, freshService, onlyModel } from "#tests/support/clients/service.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { startRedis, type TestRedis } from "#tests/support/relays/redis.ts"
import { twoProcessesOver } from "#tests/support/relays/two-processes.ts"
import { startUpstash, type TestUpstash } from "#tests/support/relays/upstash-server.ts"

let redis: TestRedis
let upstash: TestUpstash

beforeAll(async () => {
  redis = await startRedis()
  upstash = await startUpstash(redis.url)
})
afterAll(async () => {
  await upstash.stop()
  await redis.stop()
})

const stores: Record<string, () => Record<string, string>> = {
  redis: () => ({ REDIS_URL: redis.url }),
  upstash: () => ({ UPSTASH_REDIS_REST_URL: upstash.url, UPSTASH_REDIS_REST_TOKEN: upstash.token }),
}

// Until the log has its end a stream is closed, too: its stored message is read then, whose offsets begin with 2.
const endedLog = { isClosed: true, next: expect.stringMatching(/^0000000000000001_/) }

describe.each(Object.entries(stores))("over %s", (_name, environment) => {
  test("a running answer is the same at every offset in both processes, and so is the ended one", async () => {
    const model = scripted("one two three four", { held: true })
    const { services, other, at, events } = await answering(environment(), model, scripted("unused"))
    await model.releaseUntil("three")
    await expect.poll(() => events(services).then(textOf)).toContain("three")
    const running = await events(services)
    await expect.poll(() => events(other).then(textOf)).toBe(textOf(running))
    for (const process of [services, other]) {
      const isClosed = false
      for (const { offset, body } of restsOf(running))
        expect(await at(process, offset)).toMatchObject({ body, isClosed })
    }

    model.release()
    await expect.poll(async () => at(other, "-1")).toMatchObject(endedLog)
    const whole = await events(other)
    expect(textOf(whole)).toContain(textOf(running).slice(0, -1))
    for (const process of [services, other])
      for (const { offset, body } of restsOf(whole)) {
        const next = offsetAfter(whole.at(-1)?.id)
        expect(await at(process, offset)).toEqual({ status: 200, body, next, isClosed: true, isUpToDate: true })
      }
  })

  test("an ended answer whose log has expired is its stored message, under offsets that no log ever had", async () => {
    const { services, other, at, events, forget, client } = await answering(environment(), scripted("one two"))
    await expect.poll(async () => at(other, "-1")).toMatchObject(endedLog)
    const logged = await events(other)
    await forget()
    const messageId = (await client.messages()).at(-1)?.id
    for (const process of [services, other]) {
      const stored = await at(process, "-1")
      expect(stored).toMatchObject({ status: 200, next: "0000000000000002_0000000000000006", isClosed: true })
      const chunks = JSON.parse(stored.body)
      expect(chunks[0]).toMatchObject({ type: "start", messageId })
      expect(chunks.at(-1)).toMatchObject({ type: "finish", messageMetadata: { status: "COMPLETE" } })
      const versioned = chunks.map((chunk: object, index: number) => ({ id: `2-${index + 1}`, chunk }))
      for (const { offset, body } of restsOf(versioned))
        expect(await at(process, offset)).toMatchObject({ body, next: stored.next, isClosed: true })
      for (const { id } of logged) expect((await at(process, offsetAfter(id))).status).toBe(410)
    }
  })

  test("a log that is lost while its producer lives is written again: every offset stays", async () => {
    const model = scripted("one two three four", { held: true })
    const { services, other, at, events, forget } = await answering(environment(), model)
    await model.releaseUntil("two")
    await expect.poll(() => events(other).then(textOf)).toContain("two")
    const before = await events(other)
    await forget()
    model.release()
    await expect.poll(async () => at(other, "-1")).toMatchObject(endedLog)
    const whole = await events(other)
    expect(whole.slice(0, before.length)).toEqual(before)
    for (const process of [services, other])
      for (const { offset, body } of restsOf(whole)) expect(await at(process, offset)).toMatchObject({ body })
  })

  test("another process that takes over continues the stream: every offset stays", async () => {
    const first = scripted("one two three four", { held: true })
    const { other, at, events, loseFirst } = await answering(environment(), first, scripted(" three four"))
    await first.releaseUntil("two")
    await expect.poll(() => events(other).then(textOf)).toContain("two")
    const before = await events(other)
    await loseFirst()
    // A read alone finds the dead producer.
    await expect.poll(async () => (await at(other, offsetAfter(before.at(-1)?.id))).isClosed).toBe(true)
    const whole = await events(other)
    expect(whole.slice(0, before.length)).toEqual(before)
    expect(whole.at(-1)?.id).toMatch(/^2-/)
    for (const { offset, body } of restsOf(whole)) expect(await at(other, offset)).toMatchObject({ body })
  })

  test("a takeover that takes words back: 410 beyond them, the rest at every offset before, and no false end", async () => {
    const first = scripted("one two three four", { held: true })
    const second = scripted(" and the rest", { held: true })
    const { services, other, at, events, sse, loseFirst } = await answering(environment(), first, second)
    await first.releaseUntil("one")
    await expect.poll(() => events(other).then(textOf)).toContain("one")
    const kept = await events(other)
    // From here on only the first process has what it says.
    services.store.append = () => new Promise(() => undefined)
    services.store.publish = async () => 0
    await first.releaseUntil("three")
    await expect.poll(() => events(services).then(textOf)).toContain("three")
    const seen = await events(services)
    const beyond = seen.slice(kept.length).map(({ id }) => offsetAfter(id))
    const attached = await sse(other, offsetAfter(kept.at(-1)?.id))

    await loseFirst()
    await recoverAll(other.chat)
    second.release()
    await attached.readAll()
    expect(attached.controls.at(-1)).toMatchObject({ streamClosed: true })
    const whole = await events(other)
    expect(textOf(whole)).toContain("rest")
    for (const offset of beyond) {
      const response = await at(other, offset)
      expect(response.status).toBe(410)
      expect(response.body).toContain("offset -1")
    }
    const rests = restsOf(whole)
    for (const { offset, body } of rests) expect(await at(other, offset)).toMatchObject({ body, isClosed: true })
    expect(rests.slice(0, kept.length + 1).map(({ offset }) => offset)).toEqual(
      restsOf(kept).map(({ offset }) => offset),
    )
  })

  test("a takeover without a log begins anew: every earlier offset is gone, an attached reader is let go", async () => {
    const first = scripted("x".repeat(400), { held: true, chunkChars: 50 })
    const second = scripted("the rest", { held: true })
    const { services, other, at, events, sse, loseFirst, forget, client } = await answering(
      environment(),
      first,
      second,
    )
    // A process that has a reader has the events, too, and would continue from them.
    const third = await buildServices(services.config, onlyModel(second))
    onTestFinished(() => third.close())
    await first.releaseUntil("x".repeat(350))
    await expect.poll(() => events(other).then(textOf)).toContain("x".repeat(50))
    await expect.poll(async () => JSON.stringify((await client.messages()).at(-1)?.parts).length).toBeGreaterThan(200)
    await expect.poll(async () => (await events(other)).length).toBe((await events()).length)
    const seen = await events(other)
    const attached = await sse(other, offsetAfter(seen.at(-1)?.id))
    await attached.readOn()
    await expect.poll(() => other.chat.relay.report()?.streams.map(({ readers }) => readers)).toEqual([1])
    await loseFirst()
    await forget()
    await recoverAll(third.chat)
    await attached.readAll()
    expect(attached.controls.some(({ streamClosed }) => streamClosed)).toBe(false)
    for (const { id } of seen) expect((await at(other, offsetAfter(id))).status).toBe(410)
    second.release()
    await expect.poll(async () => (await at(other, "-1")).isClosed).toBe(true)
    expect((await at(other, "-1")).next).toMatch(/^0000000000000002_/)
  })

  test("a store out of reach: an ended answer is its stored message, and everything else waits", async () => {
    const model = scripted("one two", { held: true })
    const { other, at, events } = await answering(environment(), model)
    await model.releaseUntil("one")
    await expect.poll(() => events(other).then(textOf)).toContain("one")
    const [first] = await events(other)
    const offset = offsetAfter(first?.id)
    const away = async () => Promise.reject(new StoreUnavailable("a test wants it so"))
    const { readAfter } = other.store
    other.store.readAfter = away
    expect((await at(other, "-1")).status).toBe(503)
    expect((await at(other, offset)).status).toBe(503)
    model.release()
    await expect.poll(async () => (await at(other, "-1")).isClosed).toBe(true)
    expect((await at(other, "-1")).next).toMatch(/^0000000000000002_/)
    expect((await at(other, offset)).status).toBe(503)
    other.store.readAfter = readAfter
    await expect.poll(async () => at(other, offset)).toMatchObject({ status: 200, isClosed: true })
  })

  test("a log that lacks its end is not waited for: the stored message has it", async () => {
    const model = scripted("one two", { held: true })
    const { services, other, at, events } = await answering(environment(), model)
    await model.releaseUntil("one")
    await expect.poll(() => events(other).then(textOf)).toContain("one")
    const known = await events(other)
    services.store.append = () => new Promise(() => undefined)
    services.store.publish = async () => 0
    model.release()
    await expect.poll(async () => (await at(other, "-1")).next).toMatch(/^0000000000000002_/)
    expect((await at(other, offsetAfter(known.at(-1)?.id))).status).toBe(410)
  })
})

test("within one process: running, ended and expired", async () => {
  const model = scripted("one two three", { held: true })
  const { services, at, events, forget } = await alone(model)
  await model.releaseUntil("two")
  await expect.poll(() => events(services).then(textOf)).toContain("two")
  for (const { offset, body } of restsOf(await events(services)))
    expect(await at(services, offset)).toMatchObject({ body, isClosed: false })
  model.release()
  await expect.poll(async () => at(services, "-1")).toMatchObject(endedLog)
  const whole = await events(services)
  for (const { offset, body } of restsOf(whole)) expect(await at(services, offset)).toMatchObject({ body })
  await expect
    .poll(async () => {
      await forget()
      return (await at(services, "-1")).next
    })
    .toBe("0000000000000002_0000000000000006")
  expect((await at(services, offsetAfter(whole.at(-1)?.id))).status).toBe(410)
})

/** An answer of the first of two processes, and readers at either. */
async function answering(environment: Record<string, string>, first: TestModel, second = scripted("unused")) {
  const processes = await twoProcessesOver(environment, first, second)
  return { ...processes, ...(await readersOf(processes, await processes.guest())) }
}

async function alone(model: TestModel) {
  const service = await freshService({ model })
  return { ...service, ...(await readersOf(service, await service.guest())) }
}

async function readersOf({ services }: { services: Services }, client: Client) {
  const answer = await client.post("count")
  await answer.readUntilChunk("start")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""

  async function request(process: Services, query: string): Promise<Response> {
    const before = globalThis.rejoinServices
    globalThis.rejoinServices = Promise.resolve(process)
    const response = await client.request(`/api/durable/${streamId}${query}`)
    globalThis.rejoinServices = before
    return response
  }

  return {
    client,
    at: async (process: Services, offset: string) => durableRead(await request(process, `?offset=${offset}`)),
    sse: async (process: Services, offset: string) =>
      durableEvents(await request(process, `?offset=${offset}&live=sse`)),
    events: async (process = services) => (await process.chat.relay.readEvents(streamId)) ?? [],
    forget: () => services.store.delete(`rejoin:{${streamId}}:log`),
  }
}

function textOf(events: Parameters<typeof jsonCodec.body>[0]): string {
  return jsonCodec.body(events).toString()
}
