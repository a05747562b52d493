import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider"
import { expect, test, vi } from "vitest"
import { questionsOf } from "#lib/models/demo/prompt.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { hangMs } from "#tests/support/within.ts"

const contextTokens = 1_000
const environment = { CONTEXT_TOKENS: String(contextTokens) }

/** Answers with some fifty tokens; its summaries have a number, and name their input. */
function talkative(summarise: (call: LanguageModelV4CallOptions, count: number) => string = summary): TestModel {
  let summaries = 0
  return scripted((call) => {
    if (isSummary(call)) return summarise(call, ++summaries)
    return `answer to ${questionsOf(call.prompt).at(-1)} ${"and so on ".repeat(20)}`
  })
}

function summary(call: LanguageModelV4CallOptions, count: number): string {
  const given = questionsOf(call.prompt).join()
  const before = /summary-\d+/.exec(given)?.[0] ?? "nothing"
  const told = [...given.matchAll(/question (\d+)\./g)].map((match) => Number(match[1]))
  return `summary-${count} of ${before} and questions ${Math.min(...told)} to ${Math.max(...told)}`
}

test("the prompt of two hundred turns stays within the budget: a summary, then the last turns whole", async () => {
  const model = talkative()
  const { client, settled } = await begin(model)
  for (let turn = 1; turn <= 200; turn++) {
    await (await client.post(`question ${turn}.`)).readAll()
    await settled()
  }
  const answering = model.calls.filter((call) => !isSummary(call))
  expect(answering).toHaveLength(200)
  expect(Math.max(...answering.map(({ prompt }) => tokensIn(prompt)))).toBeLessThanOrEqual(contextTokens)

  const last = answering.at(-1)?.prompt ?? []
  const [recalled, ...questions] = questionsOf(last)
  expect(recalled).toMatch(
    /^What we talked about before, in short:\n\nsummary-\d+ of summary-\d+ and questions \d+ to \d+$/,
  )
  const summarisedUpTo = Number(/to (\d+)$/.exec(recalled ?? "")?.[1])
  expect(questions).toEqual(
    Array.from({ length: 200 - summarisedUpTo }, (_, index) => `question ${summarisedUpTo + 1 + index}.`),
  )
  expect(questions.length).toBeGreaterThan(3)
  expect(JSON.stringify(last)).toContain(`answer to question 199. ${"and so on ".repeat(20).trim()}`)
})

test("each summary covers the one before and everything since, without a gap", async () => {
  const model = talkative()
  const { client, settled } = await begin(model)
  for (let turn = 1; turn <= 60; turn++) {
    await (await client.post(`question ${turn}.`)).readAll()
    await settled()
  }
  const summaries = model.calls.filter(isSummary).map((call) => questionsOf(call.prompt).join())
  expect(summaries.length).toBeGreaterThan(2)
  let next = 1
  for (const [index, given] of summaries.entries()) {
    expect(given.includes(`summary-${index} of`)).toBe(index > 0)
    const told = [...given.matchAll(/User: question (\d+)\./g)].map((match) => Number(match[1]))
    expect(told).toEqual(told.map((_, place) => next + place))
    next += told.length
  }
})

test("the chat shows the newest summary's text, its reach and its savings", async () => {
  const model = talkative()
  const { client, settled, charges } = await begin(model)
  await ask(client, 40)
  await settled()
  const messages = await client.messages()
  expect(messages).toHaveLength(80)
  const marked = messages.filter(({ metadata }) => metadata?.compaction)
  expect(marked).toHaveLength(1)
  expect(marked[0]?.role).toBe("assistant")
  const compaction = marked[0]?.metadata?.compaction
  expect(compaction).toEqual({
    summary: expect.stringMatching(/^summary-\d+ of/),
    tokensBefore: expect.any(Number),
    tokensAfter: expect.any(Number),
    model: "test",
    createdAt: expect.any(String),
  })
  expect(compaction?.tokensBefore).toBeGreaterThan(4 * (compaction?.tokensAfter ?? 0))
  // A summary belongs to no user's turn, so it is not charged.
  expect(await charges()).toHaveLength(40)
})

test.each([
  [
    "fails",
    () => {
      throw new Error("no summary today")
    },
  ],
  ["says nothing", () => " "],
])("when the model %s at a summary, the answer still comes, with the newest turns", async (_, summarise) => {
  const model = talkative(summarise)
  const { client, settled } = await begin(model)
  await ask(client, 40)
  await settled()
  const last = model.calls.filter((call) => !isSummary(call)).at(-1)?.prompt ?? []
  expect(tokensIn(last)).toBeLessThanOrEqual(contextTokens)
  const questions = questionsOf(last)
  expect(questions.at(-1)).toBe("question 40.")
  expect(questions.length).toBeGreaterThan(3)
  const messages = await client.messages()
  expect(messages.every(({ metadata }) => metadata?.status === "COMPLETE" && !metadata.compaction)).toBe(true)
})

test("a summary that could not be written after one answer is written before the next", async () => {
  const model = talkative()
  const long = "a long message. ".repeat(250) // 1,000 tokens, of a budget of 1,000
  const { client, settled } = await begin(model)
  await ask(client, 3)
  await settled()
  expect(model.calls.filter(isSummary)).toEqual([])
  expect(await (await client.post(long.slice(0, 3_500))).readAll()).toContain("answer to a long message.")
  const [recalled, ...questions] = questionsOf(model.calls.findLast((call) => !isSummary(call))?.prompt ?? [])
  expect(recalled).toContain("questions 1 to 3")
  expect(questions).toHaveLength(1)
})

test("a summary is used only on the branches that it covers", async () => {
  const model = talkative()
  const { client, settled } = await begin(model)
  await ask(client, 40)
  await settled()
  const second = (await client.messages())[2]?.id
  await (await client.post("another question", { messageId: second })).readAll()
  expect(questionsOf(model.calls.at(-1)?.prompt ?? [])).toEqual(["question 1.", "another question"])
  expect((await client.messages()).some(({ metadata }) => metadata?.compaction)).toBe(false)
  await client.request(`/api/chat/${client.chatId}/branch`, { method: "POST", json: { messageId: second } })
  await (await client.post("back again")).readAll()
  expect(questionsOf(model.calls.findLast((call) => !isSummary(call))?.prompt ?? [])[0]).toContain("summary-")
})

test("a stop during a summary ends the answer at once", async () => {
  const model = talkative()
  const { client, settled } = await begin(model)
  await ask(client, 3)
  await settled()
  const asked = Promise.withResolvers<void>()
  model.doGenerate = async () => {
    asked.resolve()
    return new Promise(() => undefined)
  }
  const answer = await client.post("a long message. ".repeat(220))
  await asked.promise
  expect(await (await client.stop()).json()).toEqual({ stopped: true })
  await answer.readAll()
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("STOPPED")
})

async function begin(model: TestModel) {
  const { guest, services, charges } = await freshService({ model, environment })
  const prepare = vi.spyOn(services.chat.compactor, "prepareNext")
  let turns = 0
  const client = await guest()
  const post = client.post
  client.post = (...sent) => {
    turns++
    return post(...sent)
  }
  return {
    client,
    charges,
    /** resolves when the work after the answers is done */
    async settled() {
      await vi.waitUntil(() => prepare.mock.calls.length === turns, { interval: 1, timeout: hangMs })
      await Promise.all(prepare.mock.results.map(({ value }) => value))
    },
  }
}

async function ask(client: Client, turns: number): Promise<void> {
  for (let turn = 1; turn <= turns; turn++) await (await client.post(`question ${turn}.`)).readAll()
}

function isSummary(call: LanguageModelV4CallOptions): boolean {
  return call.prompt[0]?.role === "system" && call.prompt[0].content.startsWith("You write the memory")
}

/** Counts the history alone, without instructions and tools. */
function tokensIn(prompt: LanguageModelV4Prompt): number {
  const texts = prompt.flatMap((message) =>
    message.role === "user" || message.role === "assistant"
      ? message.content.map((part) => (part.type === "text" ? part.text : ""))
      : [],
  )
  return texts.join("").length / 4
}
