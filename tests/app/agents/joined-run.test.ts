/** An agent's run goes on while its server dies; the next server joins it, and the agent is not asked again. */
import { expect, onTestFinished, test } from "vitest"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { employ, scriptedAgent } from "#tests/support/agents/scripted-agent.ts"
import type { Beat } from "#tests/support/agents/scripted-run.ts"
import { readingOf } from "#tests/support/clients/reading.ts"
import type { Client } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()

const words: Beat[] = ["one ", "two ", "three ", "four"].map((text) => ({ text }))
const works: Beat[] = [
  { text: "Let me see. " },
  { call: "c1" },
  { progress: "Mon", of: "c1" },
  { result: "Monday", of: "c1" },
  { text: "Monday." },
]

async function employed(script: Beat[], environment: Record<string, string> = {}) {
  const agent = scriptedAgent(script)
  const model = scripted("a model's words")
  const both = await twoProcesses(redis(), model, model, environment)
  employ(agent, both.services, both.other)
  const client = await both.guest()
  const answer = await client.post("go", { agent: "goose" })
  // An unread answer would be given up a minute later, in another test.
  onTestFinished(() => answer.leave().catch(() => undefined))
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  /** Waits until the log has what this reader has. */
  const logged = () =>
    expect.poll(async () => (await both.other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(answer.events.at(-1)?.id)
  return { ...both, agent, model, client, answer, streamId, logged, run: await agent.begun() }
}

test("F1 mid-text, the next server joins the same part of the same stream, and no word is said twice", async () => {
  const { client, answer, run, loseFirst, logged, agent, model, charges } = await employed(words)
  run.go(2)
  await answer.readUntil("two")
  await logged()
  run.cut()
  await loseFirst()
  run.go(1)
  const follower = await client.follow(`&after=${answer.events.at(-1)?.id}`)
  expect(follower.response.headers.get("x-resume")).toBe("continued")
  run.go()
  expect(await follower.readAll()).toBe("three four")
  expect(follower.events.map(({ chunk }) => chunk.type)).not.toContain("reset-step")
  expect(await partsOf(client)).toMatchObject([
    { type: "step-start" },
    { type: "text", text: "one two three four", state: "done" },
  ])
  expect(await statusOf(client)).toBe("COMPLETE")
  expect(agent.runs).toHaveLength(1)
  expect(run).toMatchObject({ state: "over", readers: 2 })
  expect(model.calls).toHaveLength(0)
  expect(await charges()).toHaveLength(1)
})

test("F1 mid-tool, the call stays open for its result, and runs once", async () => {
  const { client, answer, run, loseFirst, logged, other } = await employed(works)
  run.go(3)
  await answer.readUntilChunk("tool-output-available")
  await logged()
  run.cut()
  await loseFirst()
  await recoverAll(other.chat)
  await expect.poll(() => run.readers).toBe(2)
  run.go()
  await expect.poll(() => statusOf(client)).toBe("COMPLETE")
  expect(run.ran).toEqual(["c1"])
  expect(await partsOf(client)).toMatchObject([
    { type: "step-start" },
    { type: "text", text: "Let me see. " },
    { type: "dynamic-tool", state: "output-available", output: "Monday" },
    { type: "text", text: "Monday." },
  ])
})

test("F1 while a permission is open nothing is lost: the other server takes the decision", async () => {
  const [first = { text: "" }, call = first, ...rest] = works
  const { client, answer, run, loseFirst } = await employed([first, call, { asks: "c1", approvalId: "a1" }, ...rest])
  run.go()
  await answer.readAll()
  await loseFirst()
  const decision = { approvalId: "a1", approved: true }
  const next = readingOf(
    await client.request(`/api/chat/${client.chatId}/approval`, { method: "POST", json: decision }),
  )
  await expect.poll(() => run.state).toBe("running")
  run.go()
  expect(await next.readAll()).toBe("Let me see. Monday.")
  expect(run.ran).toEqual(["c1"])
  expect(await statusOf(client)).toBe("COMPLETE")
})

test("F1 what was lost at the seam comes back: readers get a reset and the right text", async () => {
  const { client, answer, run, loseFirst, logged } = await employed(words)
  run.go(2)
  await answer.readUntil("two")
  await logged()
  run.cut()
  run.loseNext()
  await loseFirst()
  run.go(1)
  const follower = await client.follow(`&after=${answer.events.at(-1)?.id}`)
  run.go()
  await follower.readAll()
  const types = follower.events.map(({ chunk }) => chunk.type)
  expect(types.filter((type) => type === "reset-step")).toHaveLength(1)
  expect(follower.text()).toBe("fourone two three four")
  expect(await partsOf(client)).toMatchObject([{ type: "step-start" }, { type: "text", text: "one two three four" }])
  // A reader that comes later sees the right text alone.
  const late = await client.follow()
  expect(await late.readAll()).toBe("one two three four")
})

test("F2 a server that hands over leaves the run alone, and the next one goes on", async () => {
  const { client, answer, run, services, other } = await employed(words)
  run.go(2)
  await answer.readUntil("two")
  globalThis.rejoinServices = Promise.resolve(other)
  await services.drain(0)
  expect(run.state).toBe("running")
  await recoverAll(other.chat)
  await expect.poll(() => run.readers).toBe(2)
  run.go()
  await expect.poll(() => statusOf(client)).toBe("COMPLETE")
  expect(await partsOf(client)).toMatchObject([{ type: "step-start" }, { text: "one two three four" }])
})

test("F1 a server that was only asleep does not cancel the run that another one has joined", async () => {
  const { client, answer, run, loseFirst, other, services } = await employed(words)
  run.go(1)
  await answer.readUntil("one")
  await loseFirst()
  await recoverAll(other.chat)
  await expect.poll(() => run.readers).toBe(2)
  await services.chat.running.renew()
  await expect.poll(() => services.chat.running.size).toBe(0)
  expect(run.state).toBe("running")
  run.go()
  await expect.poll(() => statusOf(client)).toBe("COMPLETE")
})

test("where answers are not carried on, a dead server's run is ended with its answer", async () => {
  const { client, answer, run, loseFirst, other } = await employed(words, { CRASH_RECOVERY: "interrupt" })
  run.go(2)
  await answer.readUntil("two")
  await loseFirst()
  await expect.poll(() => sweptStatus(client, other.chat)).toBe("INTERRUPTED")
  expect(run.state).toBe("cancelled")
})

test("F50 server and agent killed together: the partial of the log is kept, with the agent's code", async () => {
  const { client, answer, run, loseFirst, logged, other } = await employed(words)
  run.go(2)
  await answer.readUntil("two")
  await logged()
  run.die()
  await loseFirst()
  await expect.poll(() => sweptStatus(client, other.chat)).toBe("ERROR")
  const stored = (await client.messages()).at(-1)
  expect(stored).toMatchObject({
    metadata: { error: { code: "agent_disconnected" } },
    parts: [{ type: "step-start" }, { text: "one two ", state: "done" }],
  })
})

async function partsOf(client: Client): Promise<ChatMessagePart[] | undefined> {
  return (await client.messages()).at(-1)?.parts
}

/** Sweeps as a server does, again and again: the lost one may have been about to end its answer. */
async function sweptStatus(client: Client, services: Parameters<typeof recoverAll>[0]) {
  await recoverAll(services)
  return statusOf(client)
}

async function statusOf(client: Client) {
  return (await client.messages()).at(-1)?.metadata?.status
}
