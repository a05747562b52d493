/** Answers of an agent that runs elsewhere, with a run that lives in the test. */
import { expect, onTestFinished, test } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { employ, scriptedAgent } from "#tests/support/agents/scripted-agent.ts"
import type { Beat } from "#tests/support/agents/scripted-run.ts"
import { type Reading, readingOf } from "#tests/support/clients/reading.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const asksFirst: Beat[] = [
  { text: "I look at the clock. " },
  { call: "c1" },
  { asks: "c1", approvalId: "a1" },
  { progress: "Mon", of: "c1" },
  { result: "Monday", of: "c1" },
  { text: "It is Monday." },
]

async function employed(...scripts: Beat[][]) {
  const agent = scriptedAgent(...scripts)
  const model = scripted("a model's words")
  const service = await freshService({ model })
  employ(agent, service.services)
  return { ...service, agent, model, client: await service.guest() }
}

async function ask(client: Client, text = "what day is it?", body = {}): Promise<Reading> {
  const reading = await client.post(text, { agent: "goose", ...body })
  // An unread answer would be given up a minute later, in another test.
  onTestFinished(() => reading.leave().catch(() => undefined))
  return reading
}

test("its text, thoughts and calls are read, stored and charged at least, and no model of ours is asked", async () => {
  const script = [{ thought: "hm" }, ...asksFirst.filter((beat) => !("asks" in beat))]
  const { client, agent, model, charges } = await employed(script)
  const answer = await ask(client, "what day is it?", { model: "of no account" })
  ;(await agent.begun()).go()
  expect(await answer.readAll()).toBe("I look at the clock. It is Monday.")
  expect(await lastOf(client)).toMatchObject({
    metadata: { status: "COMPLETE", model: "goose", usage: { inputTokens: 10, isLowerBound: true } },
    parts: [
      { type: "step-start" },
      { type: "reasoning", text: "hm" },
      { type: "text", text: "I look at the clock. ", state: "done" },
      { type: "dynamic-tool", toolName: "shell", state: "output-available", output: "Monday" },
      { type: "text", text: "It is Monday.", state: "done" },
    ],
  })
  expect(await charges()).toMatchObject([{ inputTokens: 10, estimated: false, isLowerBound: true }])
  expect(model.calls).toHaveLength(0)
})

test.each([
  [true, ["c1"], "output-available"],
  [false, [], "output-denied"],
])(
  "a question waits for the user, and the run goes on with the decision: approved %s",
  async (approved, ran, state) => {
    const { client, agent, charges } = await employed(asksFirst)
    const answer = await ask(client)
    const run = await agent.begun()
    run.go()
    expect(await answer.readAll()).toBe("I look at the clock. ")
    expect(await lastOf(client)).toMatchObject({ metadata: { status: "COMPLETE" } })
    expect((await callIn(client))?.state).toBe("approval-requested")
    expect(run.state).toBe("waiting")

    const rest = await decide(client, { approvalId: "a1", approved })
    await expect.poll(() => run.state).toBe("running")
    run.go()
    expect(await rest.readAll()).toBe("I look at the clock. It is Monday.")
    expect(run).toMatchObject({ ran, state: "over", readers: 2 })
    expect(agent.runs).toHaveLength(1)
    const messages = await client.messages()
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"])
    expect((await callIn(client))?.state).toBe(state)
    expect(textsIn(messages.at(-1))).toEqual(["I look at the clock. ", "It is Monday."])
    expect(await charges()).toHaveLength(2)
  },
)

test.each([
  ["something else is asked", (client: Client) => ask(client, "never mind")],
  [
    "the answer is regenerated",
    (client: Client) => ask(client, "", { message: undefined, trigger: "regenerate-message" }),
  ],
  ["the chat is stopped", (client: Client) => client.stop({})],
  ["the chat is deleted", (client: Client) => client.request(`/api/chat/${client.chatId}`, { method: "DELETE" })],
])("a run that waits ends once %s", async (_when, act) => {
  const { client, agent } = await employed(asksFirst, [{ text: "fresh" }])
  const answer = await ask(client)
  const run = await agent.begun()
  run.go()
  await answer.readAll()
  await act(client)
  await expect.poll(() => run.state).toBe("cancelled")
  for (const later of agent.runs.slice(1)) later.go()
})

test("another user's request ends no run", async () => {
  const { client, agent, guest } = await employed(asksFirst)
  const answer = await ask(client)
  const run = await agent.begun()
  run.go()
  await answer.readAll()
  const other = Object.assign(await guest(), { chatId: client.chatId })
  expect((await other.stop({})).status).toBe(404)
  expect((await other.request(`/api/chat/${client.chatId}`, { method: "DELETE" })).status).toBe(404)
  expect((await ask(other)).response.status).toBe(404)
  expect(run.state).toBe("waiting")
})

test("a stop cancels the run, and keeps the text and no open part", async () => {
  const { client, agent } = await employed(asksFirst.filter((beat) => !("asks" in beat)))
  const answer = await ask(client)
  const run = await agent.begun()
  run.go(2)
  await answer.readUntilChunk("tool-input-available")
  run.go(1)
  expect(await answer.readUntilChunk("tool-output-available")).toMatchObject({
    preliminary: true,
    output: { stdout: "Mon" },
  })
  expect(await (await client.stop({})).json()).toMatchObject({ stopped: true })
  await answer.readAll()
  expect(run.state).toBe("cancelled")
  expect(await lastOf(client)).toMatchObject({
    metadata: { status: "STOPPED" },
    parts: [{ type: "step-start" }, { text: "I look at the clock. ", state: "done" }, { state: "output-error" }],
  })
})

test("F50 an agent that dies leaves the partial and its code, never its own words; Continue begins a new run", async () => {
  const { client, agent } = await employed(asksFirst, [{ text: "so it is Monday." }])
  const answer = await ask(client)
  const run = await agent.begun()
  run.go(1)
  await answer.readUntil("clock")
  run.die()
  await answer.readAll()
  expect(JSON.stringify(answer.events)).not.toContain("goose.internal")
  expect(await lastOf(client)).toMatchObject({
    metadata: { status: "ERROR", error: { code: "agent_disconnected", retryable: true } },
    parts: [{ type: "step-start" }, { text: "I look at the clock. " }],
  })
  const rest = await ask(client, "", { message: undefined, trigger: "continue-message" })
  ;(await agent.begun(2)).go()
  await rest.readAll()
  expect((await lastOf(client))?.metadata?.status).toBe("COMPLETE")
  expect(JSON.stringify(agent.prompts[1])).toContain("I look at the clock.")
})

test("without its settings it cannot be asked, while its chats stay readable", async () => {
  const { client, agent, services } = await employed([{ text: "said" }])
  const answer = await ask(client)
  ;(await agent.begun()).go()
  await answer.readAll()
  services.chat.remoteAgents = new Map()
  const refused = await ask(client, "again")
  expect(refused.response.status).toBe(404)
  expect(await refused.response.json()).toMatchObject({ error: { code: "agent_not_found" } })
  expect(textsIn(await lastOf(client))).toEqual(["said"])
  const exported = await client.request(`/api/chat/${client.chatId}/export?format=markdown`)
  expect(await exported.text()).toContain("Goose")
})

async function lastOf(client: Client): Promise<ChatMessage | undefined> {
  return (await client.messages()).at(-1)
}

async function callIn(client: Client) {
  return (await lastOf(client))?.parts.find((part) => part.type === "dynamic-tool")
}

function textsIn(message: ChatMessage | undefined): string[] {
  return (message?.parts ?? []).flatMap((part) => (part.type === "text" ? [part.text] : []))
}

async function decide(client: Client, decision: object): Promise<Reading> {
  return readingOf(await client.request(`/api/chat/${client.chatId}/approval`, { method: "POST", json: decision }))
}
