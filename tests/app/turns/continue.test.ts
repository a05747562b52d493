import { readUIMessageStream, tool, type UIMessageChunk } from "ai"
import { eq } from "drizzle-orm"
import { expect, onTestFinished, test, vi } from "vitest"
import { z } from "zod"
import { message } from "#db/schema.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import type { ScriptedStep } from "#lib/models/demo/script.ts"
import { tools } from "#lib/tools/tools.ts"
import type { Reading } from "#tests/support/clients/reading.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { asksToContinue, continueAnswer, refusalOf, stoppedAfter } from "#tests/support/clients/stopped-answer.ts"
import { interruptExpired } from "#tests/support/databases/interrupt-expired.ts"
import { breaksAfter, scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"
import { textOf } from "#tests/support/text-of.ts"

const redis = useRedis()

test.each(["1", "0"])(
  "a stopped answer continues where it broke off, in one text, with RESUMABLE_STREAMS=%s",
  async (flag) => {
    const { client, model, partial, service } = await stoppedAfter("one two", { RESUMABLE_STREAMS: flag })
    const answer = await continueAnswer(client, partial.id)
    expect(answer.response.status).toBe(200)
    await answer.readUntil("one two")
    // The partial is stored as the new answer's from the first moment: a reload shows nothing less.
    const meanwhile = (await client.messages()).at(-1)
    expect(meanwhile?.id).not.toBe(partial.id)
    expect(textOf(meanwhile)).toContain("one two")
    model.release()
    expect(await answer.readAll()).toBe("one two three four")

    expect(answer.events.map(({ id }) => id)).toEqual(answer.events.map((_, index) => `1-${index + 1}`))
    expect(answer.events.at(-1)?.chunk).toMatchObject({ type: "finish", messageMetadata: { status: "COMPLETE" } })
    const shown = await client.messages()
    expect(shown.map(({ role }) => role)).toEqual(["user", "assistant"])
    expect(shown.at(-1)?.parts).toMatchObject([{ type: "step-start" }, { type: "text", text: "one two three four" }])
    expect(shown.at(-1)?.parts).toEqual((await messageOf(answer)).parts)
    expect(shown.at(-1)?.metadata?.error).toBeUndefined()
    expect(model.calls).toHaveLength(2)
    expect(JSON.stringify(model.calls[1]?.prompt)).toContain("It ends with")

    const [former] = await service.services.database.db.select().from(message).where(eq(message.id, partial.id))
    expect(former).toMatchObject({ status: "STOPPED", replacedAt: expect.any(Date) })
  },
)

test("the stopped answer and its continuation are each charged for their own tokens", async () => {
  const { client, model, service } = await stoppedAfter("one two")
  model.release()
  const answer = await continueAnswer(client)
  await answer.readAll()
  const charges = await service.charges()
  expect(charges).toHaveLength(2)
  const ofSecond = charges.find(({ streamId }) => streamId === answer.response.headers.get("x-stream-id"))
  expect(ofSecond).toMatchObject({ estimated: false, inputTokens: 10 })
})

test("an answer that failed midway continues, and repeated words appear only once", async () => {
  const said = "The clocks were striking thirteen"
  const model = scripted(({ prompt }) =>
    asksToContinue(prompt) ? `clocks were striking thirteen when it happened.` : said,
  )
  const broken = breaksAfter(said, new Error("gone"))
  const { guest, services } = await freshService({ model: broken })
  const client = await guest()
  await (await client.post("tell")).readAll()
  expect(await statusIn(client)).toBe("ERROR")
  vi.spyOn(services.chat.models, "get").mockReturnValue({ id: "test", model })
  const answer = await continueAnswer(client)
  expect(await answer.readAll()).toBe(`${said} when it happened.`)
  expect(await statusIn(client)).toBe("COMPLETE")
})

test("an answer cut for its length continues in one text, as a generation with its own charge", async () => {
  const service = await freshService({ model: scripted("one two", { ending: "length" }) })
  const client = await service.guest()
  await (await client.post("count")).readAll()
  const cut = (await client.messages()).at(-1)
  expect(cut?.metadata).toMatchObject({ status: "COMPLETE", cutBy: "length" })

  vi.spyOn(service.services.chat.models, "get").mockReturnValue({ id: "test", model: scripted(" three four") })
  const answer = await continueAnswer(client, cut?.id)
  expect(await answer.readAll()).toBe("one two three four")
  const whole = (await client.messages()).at(-1)
  expect(whole?.parts).toMatchObject([{ type: "step-start" }, { type: "text", text: "one two three four" }])
  expect(whole?.metadata?.status).toBe("COMPLETE")
  expect(whole?.metadata?.cutBy).toBeUndefined()
  expect(await service.charges()).toHaveLength(2)

  const again = await continueAnswer(client, cut?.id)
  expect(again.response.headers.get("x-stream-id")).toBe(answer.response.headers.get("x-stream-id"))
  expect(await refusalOf(continueAnswer(client, whole?.id))).toEqual([409, "nothing_to_continue"])
  expect(await service.charges()).toHaveLength(2)
})

test("an answer cut at its step limit continues with the results of its tools", async () => {
  const calling = scripted(() => ({ toolCall: { toolName: "calculate", input: { expression: "6 * 7" } } }))
  const { guest, services } = await freshService({ model: calling })
  const client = await guest()
  await (await client.post("reckon")).readAll()
  const cut = (await client.messages()).at(-1)
  expect(cut?.metadata).toMatchObject({ status: "COMPLETE", cutBy: "tool-calls" })
  const saying = scripted("It is 42.")
  vi.spyOn(services.chat.models, "get").mockReturnValue({ id: "test", model: saying })
  expect(await (await continueAnswer(client, cut?.id)).readAll()).toBe("It is 42.")
  expect((await client.messages()).at(-1)?.parts.slice(0, cut?.parts.length)).toEqual(cut?.parts)
  expect(JSON.stringify(saying.calls[0]?.prompt.at(-1))).toContain("42")
})

test("an answer left by a dead server continues on another one: CRASH_RECOVERY=interrupt, then Continue", async () => {
  const first = scripted("one two three four", { held: true })
  const second = scripted(" three four")
  const { guest, loseFirst, charges } = await twoProcesses(redis(), first, second, { CRASH_RECOVERY: "interrupt" })
  const client = await guest()
  const answer = await client.post("count")
  await first.releaseUntil("two")
  await answer.readUntil("two")
  await loseFirst()
  await (await client.follow()).readAll()
  const partial = (await client.messages()).at(-1)
  expect(partial?.metadata?.status).toBe("INTERRUPTED")
  const continued = await continueAnswer(client, partial?.id)
  // Words that neither the log nor the database had before the death are lost, and so is their charge.
  expect(await continued.readAll()).toBe(`${textOf(partial)} three four`)
  expect(await statusIn(client)).toBe("COMPLETE")
  expect([first.calls.length, second.calls.length]).toEqual([1, 1])
  expect(await charges()).toHaveLength(textOf(partial) === "" ? 1 : 2)
})

test("pressing Continue twice starts one generation; pressing it after the end returns the answer", async () => {
  const { client, model, partial, service } = await stoppedAfter("one two")
  const [first, second] = await Promise.all([continueAnswer(client, partial.id), continueAnswer(client, partial.id)])
  expect([first.response.status, second.response.status]).toEqual([200, 200])
  expect(second.response.headers.get("x-stream-id")).toBe(first.response.headers.get("x-stream-id"))
  model.release()
  expect(await Promise.all([first.readAll(), second.readAll()])).toEqual(["one two three four", "one two three four"])
  expect(await (await continueAnswer(client, partial.id)).readAll()).toBe("one two three four")
  expect(model.calls).toHaveLength(2)
  expect(await service.charges()).toHaveLength(2)
})

test("of Continue and Regenerate at the same time one begins, and the other follows it", async () => {
  const { client, model, partial } = await stoppedAfter("one two")
  const [first, second] = await Promise.all([
    continueAnswer(client, partial.id),
    client.post("", { message: undefined, trigger: "regenerate-message", messageId: partial.id }),
  ])
  model.release()
  const texts = await Promise.all([first.readAll(), second.readAll()])
  expect(new Set(texts).size).toBe(1)
  expect(await client.messages()).toHaveLength(2)
  expect(model.calls).toHaveLength(2)
})

test("a continuation can be stopped, and continued once more", async () => {
  const { client, model, partial } = await stoppedAfter("one two")
  const second = await continueAnswer(client, partial.id)
  await model.releaseUntil(" three")
  await second.readUntil("three")
  await client.stop()
  const stopped = (await client.messages()).at(-1)
  expect(stopped).toMatchObject({ metadata: { status: "STOPPED" } })
  expect(textOf(stopped)).toBe("one two three")
  model.release()
  const third = await continueAnswer(client)
  expect(await third.readAll()).toBe("one two three four")
  expect((await client.messages()).at(-1)?.parts.filter(({ type }) => type === "text")).toHaveLength(1)
  // A repeated request for the first continuation does not return the last one.
  expect(await (await continueAnswer(client, partial.id)).readAll()).toBe("one two three")
})

test("a stopped tool call runs again if that is safe", async () => {
  const running = vi.spyOn(tools.calculate, "execute").mockImplementationOnce(hangsUntilAborted)
  onTestFinished(() => running.mockRestore())
  const { client } = await stoppedInACall({ toolName: "calculate", input: { expression: "6 * 7" } })
  const answer = await continueAnswer(client)
  expect(await answer.readAll()).toBe("So it is.")
  expect(running).toHaveBeenCalledTimes(2)
  expect((await client.messages()).at(-1)?.parts).toMatchObject([
    { type: "step-start" },
    { type: "tool-calculate", state: "output-available", output: { result: 42 } },
    { type: "step-start" },
    { type: "text", text: "So it is." },
  ])
})

test("a stopped call of a tool that is not safe to repeat has failed, and the model decides", async () => {
  const send = vi.fn<(input: unknown, options: { abortSignal?: AbortSignal }) => Promise<string>>(hangsUntilAborted)
  Object.assign(tools, { send_letter: tool({ inputSchema: z.object({ to: z.string() }), execute: send }) })
  onTestFinished(() => void Reflect.deleteProperty(tools, "send_letter"))
  const { client, model } = await stoppedInACall({ toolName: "send_letter", input: { to: "Ada" } })
  await (await continueAnswer(client)).readAll()
  expect(send).toHaveBeenCalledTimes(1)
  expect(JSON.stringify(model.calls[1]?.prompt)).toContain("Whether it was done is not known")
  expect((await client.messages()).at(-1)?.parts).toMatchObject([
    { type: "step-start" },
    { type: "tool-send_letter", state: "output-error" },
    { type: "step-start" },
    { type: "text", text: "So it is." },
  ])
})

test("a crash during a continuation loses nothing of the partial answer", async () => {
  const { client, model, partial, service } = await stoppedAfter("one two", { CRASH_RECOVERY: "interrupt" })
  const answer = await continueAnswer(client, partial.id)
  await answer.readUntilChunk("start")
  await interruptExpired(service.services)
  const left = (await client.messages()).at(-1)
  expect(left).toMatchObject({ metadata: { status: "INTERRUPTED" } })
  expect(textOf(left)).toBe("one two")
  model.release()
  expect(await (await continueAnswer(client)).readAll()).toBe("one two three four")
})

test("continuing an answer without a word yet starts it from the beginning", async () => {
  const model = scripted("one two", { held: true })
  const { guest } = await freshService({ model })
  const client = await guest()
  await (await client.post("count")).readUntilChunk("start")
  await model.called()
  await client.stop()
  model.release()
  const answer = await continueAnswer(client)
  expect(await answer.readAll()).toBe("one two")
  expect(model.calls[1]?.prompt).toEqual(model.calls[0]?.prompt)
})

async function stoppedInACall(toolCall: NonNullable<ScriptedStep["toolCall"]>) {
  const model = scripted([{ toolCall }, { text: "So it is." }])
  const { guest } = await freshService({ model })
  const client = await guest()
  const answer = await client.post("go")
  await answer.readUntilChunk("tool-input-available")
  await client.stop()
  expect(await statusIn(client)).toBe("STOPPED")
  return { client, model }
}

function hangsUntilAborted(_input: unknown, { abortSignal }: { abortSignal?: AbortSignal }): Promise<never> {
  const aborted = Promise.withResolvers<never>()
  abortSignal?.addEventListener("abort", () => aborted.reject(abortSignal.reason))
  return aborted.promise
}

async function messageOf(reading: Reading): Promise<ChatMessage> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const { chunk } of reading.events) controller.enqueue(chunk)
      controller.close()
    },
  })
  let built: ChatMessage | undefined
  for await (const snapshot of readUIMessageStream<ChatMessage>({ stream })) built = snapshot
  return JSON.parse(JSON.stringify(built))
}

async function statusIn(client: Client): Promise<string | undefined> {
  return (await client.messages()).at(-1)?.metadata?.status
}
