import { type ToolSet, tool } from "ai"
import { expect, test, vi } from "vitest"
import { z } from "zod"
import type { ScriptedStep } from "#lib/models/demo/script.ts"
import { safeToRepeat } from "#lib/tools/marks.ts"
import { recover, recoverAll } from "#lib/turns/recover.ts"
import type { Client } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()

test("F1 another process continues in the same stream: one text, one end, one charge", async () => {
  const first = scripted("one two three four", { held: true })
  const second = scripted(" three four", { held: true })
  const { guest, charges, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count to four")
  await first.releaseUntil("two")
  await answer.readUntil("two")
  const position = answer.events.at(-1)?.id
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(position)

  await loseFirst()
  const follower = await client.follow(`&after=${position}`)
  expect(follower.response.headers.get("x-resume")).toBe("continued")
  second.release()
  expect(await follower.readAll()).toBe(" three four")
  expect(follower.events.map(({ id }) => id?.split("-")[0])).toEqual(follower.events.map(() => "2"))
  expect(follower.events.at(-1)?.chunk).toMatchObject({ type: "finish", messageMetadata: { status: "COMPLETE" } })

  const stored = (await client.messages()).at(-1)
  expect(stored?.parts.filter((part) => part.type === "text")).toMatchObject([{ text: "one two three four" }])
  expect(stored?.metadata?.status).toBe("COMPLETE")
  expect(await charges()).toMatchObject([{ streamId, estimated: true }])
  expect(JSON.stringify(second.calls[0]?.prompt)).toContain("one two")
})

test("F1 a word cut in two by the death reads as one, though the model repeats the last words", async () => {
  const whole = "The clocks were striking thirteen when it happened."
  const first = scripted(whole, { held: true, chunkChars: 7 })
  const second = scripted(whole.slice(4), { chunkChars: 3 })
  const { guest, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("tell")
  await first.releaseUntil("The clocks were striking thir")
  await answer.readUntil("striking thir")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(answer.events.at(-1)?.id)
  await loseFirst()
  await recoverAll(other.chat)
  await expect.poll(() => statusIn(client)).toBe("COMPLETE")
  expect((await client.messages()).at(-1)?.parts).toMatchObject([{ type: "step-start" }, { type: "text", text: whole }])
})

test("F1 a tool that is safe to repeat runs again under the same call, and the model gets its result", async () => {
  const weigh = vi.fn(async () => "42 g").mockImplementationOnce(() => new Promise(() => undefined))
  const weigh_letter = safeToRepeat(tool({ inputSchema: z.object({ to: z.string() }), execute: weigh }))
  const call = { toolCall: { toolName: "weigh_letter", input: { to: "Ada" } } }
  const { client, other, second } = await deadInACall(
    { weigh_letter },
    [call, { text: "never said" }],
    [call, { text: "It weighs 42 g." }],
  )
  await recoverAll(other.chat)
  await expect.poll(() => statusIn(client)).toBe("COMPLETE")
  expect(weigh).toHaveBeenCalledTimes(2)
  expect(second.calls).toHaveLength(1)
  const parts = (await client.messages()).at(-1)?.parts
  expect(parts?.filter((part) => part.type === "tool-weigh_letter")).toMatchObject([
    { state: "output-available", input: { to: "Ada" }, output: "42 g" },
  ])
  expect(parts?.at(-1)).toMatchObject({ type: "text", text: "It weighs 42 g." })
})

test("F1 a call of a tool that is not safe to repeat has failed, and the model decides", async () => {
  const send = vi.fn(() => new Promise<string>(() => undefined))
  const send_letter = tool({ inputSchema: z.object({ to: z.string() }), execute: send })
  const call = { toolCall: { toolName: "send_letter", input: { to: "Ada" } } }
  const { client, other, second } = await deadInACall(
    { send_letter },
    [call, { text: "never said" }],
    [call, { text: "I cannot say whether it left." }],
  )
  await recoverAll(other.chat)
  await expect.poll(() => statusIn(client)).toBe("COMPLETE")
  expect(send).toHaveBeenCalledTimes(1)
  const errorText = "Broken off while the tool was running. Whether it was done is not known, and it was not run again."
  expect((await client.messages()).at(-1)?.parts).toMatchObject([
    { type: "step-start" },
    { type: "tool-send_letter", state: "output-error", errorText },
    { type: "step-start" },
    { type: "text", text: "I cannot say whether it left." },
  ])
  expect(JSON.stringify(second.calls[0]?.prompt)).toContain("it was not run again")
})

test("F1 a follower that is ahead of the log continues without a reset: the log catches up with its words", async () => {
  const first = scripted("one two three four", { held: true })
  const second = scripted(" and the rest", { held: true })
  const { guest, services, other, loseFirst } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count")
  await first.releaseUntil("one")
  await answer.readUntil("one")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(answer.events.at(-1)?.id)
  globalThis.rejoinServices = Promise.resolve(other)
  const follower = await client.follow()
  await follower.readUntil("one")
  // From here on the follower receives more than the log has.
  services.store.append = () => new Promise(() => undefined)
  await first.releaseUntil("three")
  await follower.readUntil("three")

  await loseFirst()
  await recoverAll(other.chat)
  second.release()
  expect(await follower.readAll()).toBe("one two three and the rest")
  expect(follower.isDone).toBe(true)
  expect(textOf((await client.messages()).at(-1))).toBe(follower.text())
  const log = await other.chat.relay.readLog(streamId)
  expect(log?.map(({ chunk }) => (chunk.type === "text-delta" ? chunk.delta : "")).join("")).toBe(follower.text())
})

test("a replaced producer that wakes up can write nothing, and its readers rejoin the continuing stream", async () => {
  const first = scripted("one two three four", { held: true })
  const second = scripted("and the rest", { held: true })
  const { guest, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count")
  await first.releaseUntil("two")
  await answer.readUntil("two")
  await loseFirst()
  await recoverAll(other.chat)
  await second.called()
  first.release()
  await answer.readAll()
  expect(answer.isDone).toBe(false)
  second.release()
  await expect.poll(() => statusIn(client)).toBe("COMPLETE")
  expect(textOf((await client.messages()).at(-1))).toMatch(/and the rest$/)
})

test("of many processes that notice a dead producer one takes over", async () => {
  const first = scripted("one two", { held: true })
  const second = scripted("three")
  const { guest, charges, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("count")
  await answer.readUntilChunk("start")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await loseFirst()
  await Promise.all(Array.from({ length: 8 }, () => recover(other.chat, streamId)))
  await expect.poll(() => statusIn(client)).toBe("COMPLETE")
  expect(second.calls).toHaveLength(1)
  expect(await charges()).toHaveLength(1)
})

test("without a log the stored text is continued, and readers who had seen more are reset", async () => {
  const first = scripted("x".repeat(400), { held: true, chunkChars: 50 })
  const second = scripted("the rest", { held: true })
  const { guest, loseFirst, other } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("go")
  await first.releaseUntil("x".repeat(350))
  await answer.readUntil("x".repeat(350))
  await expect.poll(async () => textOf((await client.messages()).at(-1)).length).toBeGreaterThanOrEqual(200)
  // Its words are all in the log already, so it will not rewrite the log.
  const position = answer.events.at(-1)?.id
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.at(-1)?.id).toBe(position)
  await loseFirst()
  await redis().stop()
  await redis().start()
  const follower = await client.follow(`&after=${position}`)
  expect(follower.response.headers.get("x-resume")).toBe("reset")
  second.release()
  expect(await follower.readAll()).toMatch(/^x+the rest$/)
  expect(textOf((await client.messages()).at(-1))).toBe(follower.text())
})

test("F1 stored text that is ahead of the log is continued from where it ends", async () => {
  const first = scripted("x".repeat(400), { held: true, chunkChars: 50 })
  const second = scripted(" the rest", { held: true })
  const { guest, services, other, loseFirst } = await twoProcesses(redis(), first, second)
  const client = await guest()
  const answer = await client.post("go")
  await first.releaseUntil("x".repeat(50))
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await other.chat.relay.readLog(streamId))?.length).toBeGreaterThan(3)
  services.store.append = () => new Promise(() => undefined)
  await first.releaseUntil("x".repeat(350))
  await expect.poll(async () => textOf((await client.messages()).at(-1)).length).toBeGreaterThanOrEqual(200)
  const saved = textOf((await client.messages()).at(-1))

  await loseFirst()
  const follower = await client.follow()
  second.release()
  expect(await follower.readAll()).toBe(`${saved} the rest`)
  expect(textOf((await client.messages()).at(-1))).toBe(`${saved} the rest`)
})

/** Leaves what a producer leaves that dies while one of these tools runs, as the log has it. */
async function deadInACall(given: ToolSet, script: ScriptedStep[], afterwards: ScriptedStep[]) {
  const second = scripted(afterwards)
  const { guest, services, loseFirst, other } = await twoProcesses(redis(), scripted(script), second)
  // The same tools as from an MCP server that both processes use.
  for (const { chat } of [services, other]) vi.spyOn(chat.mcp, "current").mockReturnValue(given)
  const client = await guest()
  const answer = await client.post("go")
  await answer.readUntilChunk("tool-input-available")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect
    .poll(async () =>
      (await other.chat.relay.readLog(streamId))?.some(({ chunk }) => chunk.type === "tool-input-available"),
    )
    .toBe(true)
  await loseFirst()
  return { client, other, second }
}

function textOf(message: Awaited<ReturnType<Client["messages"]>>[number] | undefined): string {
  return message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") ?? ""
}

async function statusIn(client: Client): Promise<string | undefined> {
  return (await client.messages()).at(-1)?.metadata?.status
}
