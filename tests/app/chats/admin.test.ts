import { randomUUID } from "node:crypto"
import { setImmediate as turn } from "node:timers/promises"
import { describe, expect, test, vi } from "vitest"
import type { ReportedStream, StreamsReport } from "#lib/operator-protocol.ts"
import { type Client, freshService, stranger, type TestService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()
const addresses = ["/api/admin/streams", `/api/admin/streams/${randomUUID()}/stop`]

/** Creates the account before it is named an admin's, as the server demands. */
async function adminOf({ person, services }: TestService): Promise<Client> {
  const admin = await person("Ada@example.org")
  services.config.adminEmails.push("ada@example.org")
  return admin
}

async function reportTo(admin: Client): Promise<StreamsReport> {
  const response = await admin.request("/api/admin/streams")
  expect(response.status).toBe(200)
  return (await response.json()) as StreamsReport
}

const streamIdOf = ({ response }: { response: Response }) => response.headers.get("x-stream-id") ?? ""

describe("admin addresses answer 404 to everyone but admins", () => {
  test.each(["GET", "POST", "DELETE"])("an admin address answers %s with 404 to everyone else", async (method) => {
    const service = await freshService({ model: scripted("one") })
    await adminOf(service)
    const others = {
      stranger: stranger(),
      guest: await service.guest(),
      person: await service.person("bob@example.org"),
    }
    for (const [who, client] of Object.entries(others))
      for (const address of addresses) {
        const unknown = await client.request("/api/no/such/address", { method })
        const refused = await client.request(address, { method })
        expect([who, refused.status]).toEqual([who, 404])
        const { error } = (await unknown.json()) as { error: object }
        expect(await refused.json()).toEqual({ error: { ...error, requestId: expect.any(String) } })
        expect([...refused.headers.keys()]).toEqual([...unknown.headers.keys()])
      }
  })

  test("for an admin, a wrong method is refused with 405", async () => {
    const admin = await adminOf(await freshService({ model: scripted("one") }))
    const response = await admin.request("/api/admin/streams", { method: "DELETE" })
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"])
  })
})

test("signing up with an admin's address is refused, because addresses are not verified", async () => {
  const service = await freshService({ model: scripted("one"), environment: { ADMIN_EMAILS: "Root@example.org" } })
  await expect(service.person("root@Example.org")).rejects.toThrow("403")
  await service.guest()
})

test("a running answer is reported with its readers and size, but without its words", async () => {
  const model = scripted("one two three four five six seven", { held: true })
  const service = await freshService({ model, environment: { SAVE_EVERY_CHARS: "20" } })
  const admin = await adminOf(service)
  const asker = await service.guest()
  const first = await asker.post("a question")
  await model.releaseUntil("six")
  await first.readUntil("six")
  const followers = [await asker.follow(), await asker.follow()]
  for (const follower of followers) await follower.readUntil("six")

  const streamOf = async () => (await reportTo(admin)).streams?.[0]
  await expect.poll(streamOf).toMatchObject({ here: { readers: 3, lag: { events: 0, ms: 0 } } })
  const report = await reportTo(admin)
  expect(report.streams).toEqual([
    {
      streamId: streamIdOf(first),
      chatId: asker.chatId,
      user: expect.stringMatching(/^guest \w{6}$/),
      agent: "assistant",
      model: "test",
      ageSeconds: expect.any(Number),
      takeovers: 0,
      isDead: false,
      chars: expect.any(Number),
      tokens: expect.any(Number),
      here: { role: "producer", readers: 3, lag: { events: 0, ms: 0 }, commands: expect.any(Number) },
    } satisfies ReportedStream,
  ])
  const [stream] = report.streams ?? []
  expect(stream?.chars).toBeGreaterThanOrEqual("one two three four".length)
  expect(stream?.tokens).toBe(Math.ceil((stream?.chars ?? 0) / 4))
  expect(stream?.here?.commands).toBeGreaterThan(0)
  expect(report.process).toMatchObject({ running: 1, readers: 3, relay: "log", store: "memory", takeovers: 0 })
  expect(report.process.events).toBe(first.events.length)
  expect(JSON.stringify(report)).not.toMatch(/question|three/)

  await followers[0]?.leave()
  await expect.poll(streamOf).toMatchObject({ here: { readers: 2 } })
  model.release()
  for (const reader of [first, followers[1]]) await reader?.readAll()
  await expect.poll(async () => (await reportTo(admin)).streams).toEqual([])
  expect((await reportTo(admin)).process).toMatchObject({ running: 0, readers: 0, ended: { COMPLETE: 1, ERROR: 0 } })
})

test("another process reports the stream from the database, its own followers, and the answers it took over", async () => {
  const first = scripted("one two three", { held: true })
  const second = scripted(" three", { held: true })
  const service = await twoProcesses(redis(), first, second)
  const { other, services } = service
  const asker = await service.person("bob@example.org")
  const answer = await asker.post("count")
  await first.releaseUntil("two")
  await answer.readUntil("two")
  const streamId = streamIdOf(answer)
  expect((await other.reports.read()).streams).toMatchObject([{ streamId, user: "bo…@example.org" }])
  expect((await other.reports.read()).streams?.[0]?.here).toBeUndefined()

  globalThis.rejoinServices = Promise.resolve(other)
  const follower = await asker.follow()
  await follower.readUntil("two")
  expect((await other.reports.read()).streams?.[0]?.here).toMatchObject({
    role: "follower",
    readers: 1,
    lag: undefined,
  })
  expect((await services.reports.read()).streams?.[0]?.here).toMatchObject({ role: "producer", readers: 1 })

  await service.loseFirst()
  const late = await asker.follow()
  await expect
    .poll(async () => (await other.reports.read()).streams)
    .toMatchObject([{ takeovers: 1, isDead: false, here: { role: "producer", lag: expect.any(Object) } }])
  second.release()
  expect(await late.readAll()).toBe("one two three")
  expect(other.reports.readProcess()).toMatchObject({ takeovers: 1, ended: { COMPLETE: 1 }, running: 0 })
})

test("F12 the report shows that the log is behind while Redis hangs, and that it has caught up afterwards", async () => {
  const model = scripted("one two three four", { held: true })
  const service = await freshService({ model, environment: { REDIS_URL: redis().url } })
  const admin = await adminOf(service)
  const asker = await service.guest()
  const answer = await asker.post("count")
  await model.releaseUntil("one")
  await answer.readUntil("one")
  const lag = async () => (await reportTo(admin)).streams?.[0]?.here?.lag
  await expect.poll(lag).toEqual({ events: 0, ms: 0 })
  redis().freeze()
  await model.releaseUntil("three")
  await answer.readUntil("three")
  await expect.poll(async () => (await lag())?.ms).toBeGreaterThan(500)
  expect((await lag())?.events).toBeGreaterThan(0)
  await expect.poll(async () => (await reportTo(admin)).process.isStoreReachable).toBe(false)
  redis().thaw()
  await expect.poll(lag).toEqual({ events: 0, ms: 0 })
  model.release()
  await answer.readAll()
})

test("over server-sent events the report is repeated, and the process keeps a sample of every five seconds", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "Date"] })
  const model = scripted("one two", { held: true })
  const service = await freshService({ model })
  const admin = await adminOf(service)
  const asker = await service.guest()
  const answer = await asker.post("count")
  // A reader that takes nothing for so long would be disconnected.
  await answer.leave()
  while (service.services.reports.readProcess().readers !== 0) await turn()
  for (let sample = 0; sample < 70; sample++) vi.advanceTimersByTime(5_000)
  vi.useRealTimers()

  const response = await admin.request("/api/admin/streams", { headers: { accept: "text/event-stream" } })
  expect(response.headers.get("content-type")).toContain("text/event-stream")
  const { readUntil, leave } = linesOf(response)
  const first = await readUntil(1)
  expect(first).toMatchObject({ process: { running: 1, readers: 0 }, streams: [{ chatId: asker.chatId }] })
  expect(first.history).toHaveLength(60)
  expect(first.history[0]).toMatchObject({ running: 1, readers: 0, eventsPerSecond: expect.any(Number) })
  model.release()
  await expect.poll(async () => (await asker.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  expect((await readUntil(2)).process.ended).toMatchObject({ COMPLETE: 1 })
  await leave()
})

test("an admin can stop anyone's answer once, just as its user could, and the log names the admin", async () => {
  const model = scripted("one two three", { held: true })
  const service = await freshService({ model })
  const admin = await adminOf(service)
  const asker = await service.guest()
  const answer = await asker.post("count")
  await model.releaseUntil("two")
  await answer.readUntil("two")
  const streamId = streamIdOf(answer)
  const audit = vi.spyOn(service.services.logger, "info")
  const stop = (id: string, init: RequestInit = {}) =>
    admin.request(`/api/admin/streams/${id}/stop`, { method: "POST", ...init })
  expect((await stop(streamId, { headers: { origin: "https://evil.example" } })).status).toBe(403)
  expect(await (await stop(streamId)).json()).toEqual({ stopped: true })
  await answer.readAll()
  expect(answer.events.at(-1)?.chunk.type).toBe("abort")
  expect((await asker.messages()).at(-1)?.metadata?.status).toBe("STOPPED")
  const who = { adminId: expect.any(String), streamId, chatId: asker.chatId, userId: expect.any(String) }
  expect(audit).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ ...who, stopped: true }), expect.any(String))
  expect(await (await stop(streamId)).json()).toEqual({ stopped: false })
  for (const id of [randomUUID(), "x"])
    expect(await (await stop(id)).json()).toMatchObject({ error: { code: "stream_not_found" } })
})

test("B66 metrics are served to holders of the token, and not at all when no token is set", async () => {
  const token = "a token for the metrics"
  const service = await freshService({ model: scripted("one two"), environment: { METRICS_TOKEN: token } })
  const asker = await service.guest()
  await (await asker.post("hello")).readAll()
  const metrics = (authorization?: string) =>
    stranger().request("/api/metrics", { headers: authorization ? { authorization } : {} })
  for (const refused of [undefined, "Bearer", "Bearer wrong", `Basic ${token}`])
    expect((await metrics(refused)).status).toBe(404)
  const response = await metrics(`Bearer ${token}`)
  expect(response.headers.get("content-type")).toContain("text/plain")
  const text = await response.text()
  expect(text).toMatch(/^rejoin_running_streams 0$/m)
  expect(text).toMatch(/^rejoin_answers_total\{status="COMPLETE"\} 1$/m)
  expect(text).toMatch(/^# TYPE rejoin_events_total counter\nrejoin_events_total [1-9]\d*$/m)
  expect(text).not.toContain(asker.chatId)

  service.services.config.metricsToken = undefined
  expect((await metrics(`Bearer ${token}`)).status).toBe(404)
})

function linesOf(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  let text = ""
  return {
    /** @returns the report with this number */
    async readUntil(number: number): Promise<StreamsReport> {
      for (;;) {
        const found = [...text.matchAll(/^event: report\ndata: (.*)\n\n/gm)][number - 1]?.[1]
        if (found) return JSON.parse(found)
        const next = await reader?.read()
        if (!next || next.done) throw new Error(`the reports ended: ${text}`)
        text += next.value
      }
    },
    leave: async () => reader?.cancel(),
  }
}
