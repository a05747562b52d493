import { expect, onTestFinished, test, vi } from "vitest"
import * as healthRoute from "#app/api/health/route.ts"
import { tools } from "#lib/tools/tools.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { atOnce } from "#tests/support/at-once.ts"
import { freshService, type TestService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"
import { hangMs } from "#tests/support/within.ts"

const redis = useRedis()

test("F2 while it drains, a server refuses new turns with 503 and lets running answers finish", async () => {
  const model = scripted("one two", { held: true })
  const { guest, services } = await freshService({ model })
  const client = await guest()
  const answer = await client.post("count")
  await answer.readUntilChunk("start")
  const draining = services.drain(10_000)
  const other = await guest()
  const refused = await other.post("too late")
  expect(refused.response.status).toBe(503)
  expect(await refused.response.json()).toMatchObject({ error: { code: "shutting_down", retryable: true } })
  const health = await healthRoute.GET(new Request("http://127.0.0.1/api/health"), { params: Promise.resolve({}) })
  expect(health.status).toBe(503)
  model.release()
  await draining
  expect(await answer.readAll()).toBe("one two")
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
})

/** Posts a question whose turn is stored only once it is released. */
async function heldTurn({ guest, services }: TestService) {
  const client = await guest()
  const gate = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const { turns } = services.chat.repository
  const register = turns.register
  vi.spyOn(turns, "register").mockImplementationOnce(async (turn) => {
    asked.resolve()
    await gate.promise
    return register(turn)
  })
  const answer = client.post("count")
  await asked.promise
  return { answer, client, release: gate.resolve }
}

test("F2 a drain waits for a turn that is being stored, and for its answer", async () => {
  const service = await freshService({ model: scripted("one two") })
  const { answer, client, release } = await heldTurn(service)
  const draining = service.services.drain(hangMs)
  await expect(atOnce(draining)).rejects.toThrow("it waits")
  release()
  expect(await (await answer).readAll()).toBe("one two")
  await draining
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
})

test("F2 an answer that begins after the handover is handed over too, at once", async () => {
  const service = await freshService({ model: scripted("one two", { held: true }) })
  const { chat, drain } = service.services
  const { answer, release } = await heldTurn(service)
  await drain(0)
  expect(() => chat.running.begin()).toThrow(expect.objectContaining({ code: "shutting_down" }))
  release()
  const reading = await answer
  await reading.readAll()
  expect(reading.isDone).toBe(false)
  const streamId = reading.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await chat.repository.streams.find(streamId))?.isDead).toBe(true)
})

test("F2 an answer that outlasts the drain is handed over: another process continues it at once, in the same stream", async () => {
  const first = scripted("one two three four", { held: true })
  const second = scripted(" three four")
  const { guest, services, other, charges } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count")
  await first.releaseUntil("two")
  await answer.readUntil("two")
  await services.drain(0)
  await answer.readAll()
  expect(answer.isDone).toBe(false)
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("STREAMING")

  globalThis.rejoinServices = Promise.resolve(other)
  await recoverAll(other.chat)
  await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  const parts = (await client.messages()).at(-1)?.parts
  expect(parts).toMatchObject([{ type: "step-start" }, { type: "text", text: "one two three four" }])
  expect(await charges()).toHaveLength(1)
})

test("F2 a tool that is running at the handover has not failed: the other process runs it again", async () => {
  const running = vi.spyOn(tools.calculate, "execute").mockImplementationOnce(((_input, { abortSignal }) => {
    const aborted = Promise.withResolvers<never>()
    abortSignal?.addEventListener("abort", () => aborted.reject(abortSignal.reason))
    return aborted.promise
  }) as typeof tools.calculate.execute)
  onTestFinished(() => running.mockRestore())
  const steps = [{ toolCall: { toolName: "calculate", input: { expression: "6 * 7" } } }, { text: "It is 42." }]
  const { guest, services, other } = await twoProcesses(redis(), scripted(steps), scripted(steps))
  const client = await guest()
  const answer = await client.post("what is 6 * 7?")
  await answer.readUntilChunk("tool-input-available")
  await vi.waitUntil(() => running.mock.calls.length === 1, { timeout: hangMs })
  await services.drain(0)

  globalThis.rejoinServices = Promise.resolve(other)
  await recoverAll(other.chat)
  await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  expect((await client.messages()).at(-1)?.parts).toMatchObject([
    { type: "step-start" },
    { type: "tool-calculate", state: "output-available", output: { result: 42 } },
    { type: "step-start" },
    { type: "text", text: "It is 42." },
  ])
})
