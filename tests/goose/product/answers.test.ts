import { readdirSync } from "node:fs"
import { expect, onTestFinished, test } from "vitest"
import { chatStream } from "#db/schema.ts"
import { buildServices, type Services } from "#lib/build-services.ts"
import { freshService, onlyModel } from "#tests/support/clients/service.ts"
import { startGooseOfRun, useGoose } from "#tests/support/goose/goose-of-run.ts"
import { answerOf, ask, askAgain, gooseEnvironment, statusOf, until, wordsOf } from "#tests/support/goose/product.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const { goose, calls } = useGoose()

const questions = ["first question", "second question"]
async function fresh() {
  const model = scripted("a model's words")
  const service = await freshService({ model, environment: gooseEnvironment(goose()) })
  return { ...service, model, client: await service.guest() }
}

test("a question is answered, stored and charged at least, in a folder of the chat's own", async () => {
  const { client, model, charges } = await fresh()
  goose().provider.replyWith({ thoughts: "let me see", text: "one two three" })
  const answer = await ask(client, "count to three")
  expect(await answer.readAll()).toBe("one two three")
  expect(await answerOf(client)).toMatchObject({
    metadata: { status: "COMPLETE", model: "goose", usage: { isLowerBound: true, estimated: false } },
    parts: [{ type: "step-start" }, { type: "reasoning", text: "let me see" }, { type: "text", text: "one two three" }],
  })
  expect(await charges()).toMatchObject([{ isLowerBound: true, inputTokens: 100 }])
  expect(readdirSync(goose().workDir).some((name) => name.includes(client.chatId))).toBe(true)
  expect(model.calls).toHaveLength(0)
})

test("the next turn goes on in the same session, and each question reaches the provider once", async () => {
  const { client } = await fresh()
  goose().provider.replyWith("one")
  await (await ask(client, "first question")).readAll()
  await (await ask(client, "second question")).readAll()
  expect(questions.map((question) => countIn(JSON.stringify(calls().at(-1)?.body), question))).toEqual([1, 1])
})

test("a regenerated answer comes from a new session that has the history once", async () => {
  const { client } = await fresh()
  goose().provider.replyWith("one")
  await (await ask(client, "first question")).readAll()
  goose().provider.replyWith("unlucky words")
  await (await ask(client, "second question")).readAll()
  goose().provider.replyWith("better words")
  await (await askAgain(client, "regenerate-message")).readAll()
  const prompt = JSON.stringify(calls().at(-1)?.body)
  expect(questions.map((question) => countIn(prompt, question))).toEqual([1, 1])
  expect(prompt).not.toContain("unlucky")
  expect(await wordsOf(client)).toBe("better words")
})

test("a stop mid-text keeps the words, and the next question is answered", async () => {
  const { client } = await fresh()
  goose().provider.replyWith("one two three four")
  goose().provider.hold()
  const answer = await ask(client, "count")
  goose().provider.release(2)
  await answer.readUntil("two")
  expect((await client.stop({})).status).toBe(200)
  await answer.readAll()
  expect(await statusOf(client)).toBe("STOPPED")
  expect((await wordsOf(client)).trim()).toBe("one two")
  await expect.poll(() => calls()[0]?.state).toBe("left")
  goose().provider.release()
  goose().provider.replyWith("five")
  expect(await (await ask(client, "go on")).readAll()).toBe("five")
})

test("F51 a failure that Goose tells in its own words ends the answer with a code, and no reader gets the words", async () => {
  const { client } = await fresh()
  goose().provider.replyWith({ status: 500, message: "the provider's own words" })
  const answer = await ask(client, "hello")
  await answer.readAll()
  const stored = await answerOf(client)
  expect(stored?.metadata).toMatchObject({ status: "ERROR", error: { code: "agent_reported_error" } })
  for (const seen of [answer.events, stored]) {
    expect(JSON.stringify(seen)).not.toContain("own words")
    expect(JSON.stringify(seen)).not.toContain("127.0.0.1")
  }
})

test.each(["/clear", "  /compact", "\n/help"])("%j is a question, and never Goose's own command", async (text) => {
  const { client } = await fresh()
  goose().provider.replyWith("one")
  await (await ask(client, "remember this question")).readAll()
  goose().provider.replyWith("that is a word to me")
  expect(await (await ask(client, text)).readAll()).toBe("that is a word to me")
  expect(JSON.stringify(calls().at(-1)?.body)).toContain("remember this question")
})

test("F50 Goose killed mid-answer: the partial stays, and Continue goes on in a new session with the history once", async () => {
  const own = await startGooseOfRun()
  try {
    const model = scripted("no")
    const { services, guest } = await freshService({ model, environment: gooseEnvironment(own) })
    const client = await guest()
    own.provider.replyWith("one two three four")
    own.provider.hold()
    const answer = await ask(client, "count to four")
    own.provider.release(2)
    await answer.readUntil("two")
    await own.kill()
    await answer.readAll()
    await until(client, "ERROR")
    expect((await answerOf(client))?.metadata?.error).toMatchObject({ code: "agent_disconnected", retryable: true })
    expect((await wordsOf(client)).trim()).toBe("one two")

    await own.restart()
    const { url, secret, workDir } = own
    const moved = { ...services.config, goose: { url: `${url}/acp`, secret, workDir } }
    const next = await buildServices(moved, onlyModel(model))
    onTestFinished(() => next.close())
    globalThis.rejoinServices = Promise.resolve(next)
    own.provider.release()
    own.provider.replyWith("three four")
    await (await askAgain(client, "continue-message")).readAll()
    expect(await statusOf(client)).toBe("COMPLETE")
    expect(await wordsOf(client)).toMatch(/^one two\s*three four$/)
    expect(model.calls).toHaveLength(0)
    const prompt = JSON.stringify(own.provider.calls.at(-1)?.body)
    // The request to continue quotes the end of the partial, as it does for any model.
    const history = ["What was said so far", "count to four", "You:\\none two"]
    expect(history.map((part) => countIn(prompt, part))).toEqual([1, 1, 1])
    expect(new Set((await runsOf(next)).map(({ agentRun }) => agentRun?.sessionId)).size).toBe(2)
  } finally {
    await own.stop()
  }
})

test("a Goose that cannot be reached is said to be unavailable, and costs nothing", async () => {
  const environment = { ...gooseEnvironment(goose()), GOOSE_ACP_URL: "http://127.0.0.1:9/acp" }
  const service = await freshService({ model: scripted("no"), environment })
  const client = await service.guest()
  await (await ask(client, "hello")).readAll()
  expect((await answerOf(client))?.metadata).toMatchObject({ status: "ERROR", error: { code: "agent_unavailable" } })
  expect(await service.charges()).toHaveLength(0)
})

function runsOf({ database }: Services) {
  return database.db.select({ agentRun: chatStream.agentRun }).from(chatStream)
}

function countIn(text: string, part: string): number {
  return text.split(part).length - 1
}
