import { mkdir } from "node:fs/promises"
import path from "node:path"
import { expect, test } from "vitest"
import { z } from "zod"
import { type AcpMessage, connect } from "#tests/support/goose/acp-connection.ts"
import { isAnswer, loadedUpdates, openSession, said, textOf, updatesOf } from "#tests/support/goose/acp-session.ts"
import { useGoose } from "#tests/support/goose/goose-of-run.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"

const { goose } = useGoose()

test("every version of the protocol is taken, and answered with the same", async () => {
  for (const protocolVersion of [1, 99]) {
    const { initialized } = await connect(goose(), protocolVersion)
    expect(initialized.result).toMatchObject({
      protocolVersion,
      agentCapabilities: { loadSession: true, sessionCapabilities: { list: {}, close: {} } },
      agentInfo: { name: "goose", version: "1.50.0" },
    })
  }
})

test("a session is listed once it has a question, with its folder and when it was made", async () => {
  goose().provider.replyWith("one")
  const session = await openSession(goose())
  expect((await listed()).map(({ sessionId }) => sessionId)).not.toContain(session.id)
  goose().provider.hold()
  const request = await session.ask("go")
  await goose().provider.called(goose().provider.calls.length + 1)
  expect(await listed()).toContainEqual({
    sessionId: session.id,
    cwd: goose().workDir,
    _meta: expect.objectContaining({ createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) }),
  })
  goose().provider.release()
  await session.answered(request)
})

test("during a run the question is stored, and the answer is not", async () => {
  goose().provider.hold()
  goose().provider.replyWith("one two three")
  const session = await openSession(goose())
  const request = await session.ask("what?")
  goose().provider.release(2)
  await session.stream.next((message) => said(updatesOf([message])) === " two")
  const stored = await loadedUpdates(goose(), session.id)
  expect(stored.map(textOf)).toEqual(["what?"])
  goose().provider.release()
  await session.answered(request)
  expect((await loadedUpdates(goose(), session.id)).map(textOf)).toEqual(["what?", "one two three"])
})

test("during a run what was said before tools is stored once these are done", async () => {
  goose().provider.replyWith(
    { text: "first", calls: [shell("echo hi")] },
    { text: "second", calls: [shell("exit 1")] },
    "x",
  )
  const session = await openSession(goose())
  const request = await session.ask("go")
  const permission = await session.permission("call_1")
  expect(said(await loadedUpdates(goose(), session.id))).toBe("")
  await session.decide(permission, "allow_once")
  const next = await session.permission("call_1")
  const stored = await loadedUpdates(goose(), session.id)
  expect(said(stored)).toBe("first")
  expect(stored.at(-1)).toMatchObject({ sessionUpdate: "tool_call_update", status: "completed" })
  await session.decide(next, "allow_once")
  await session.answered(request)
})

test("a load replays one update a part: the text first, then the thoughts again before each call", async () => {
  goose().provider.replyWith(
    { thoughts: "hm", text: "look here", calls: [shell("echo a"), shell("echo b")] },
    "all done",
  )
  const session = await openSession(goose())
  const request = await session.ask([
    { type: "text", text: "one" },
    { type: "text", text: "two" },
  ])
  for (const call of ["call_1", "call_2"]) await session.decide(await session.permission(call), "allow_once")
  await session.answered(request)
  const live = updatesOf(session.stream.messages)
  const replayed = await loadedUpdates(goose(), session.id)
  expect(replayed.map((update) => [update.sessionUpdate, update.toolCallId ?? textOf(update), update.status])).toEqual([
    ["user_message_chunk", "onetwo", undefined],
    ["agent_message_chunk", "look here", undefined],
    ["agent_thought_chunk", "hm", undefined],
    ["tool_call", "call_1", undefined],
    ["tool_call_update", "call_1", "completed"],
    ["agent_thought_chunk", "hm", undefined],
    ["tool_call", "call_2", undefined],
    ["tool_call_update", "call_2", "completed"],
    ["agent_message_chunk", "all done", undefined],
  ])
  const idsOfTexts = (updates: typeof live) =>
    new Set(updates.flatMap((each) => (each.sessionUpdate === "agent_message_chunk" ? (each.messageId ?? []) : [])))
  expect(idsOfTexts(replayed)).toEqual(idsOfTexts(live))
})

test("a second question during a run is refused, and the run goes on", async () => {
  goose().provider.hold()
  goose().provider.replyWith("one two three")
  const session = await openSession(goose())
  const request = await session.ask("go")
  goose().provider.release(1)
  await session.stream.next((message) => said(updatesOf([message])) === "one")
  const other = await openSession(goose(), session.id)
  const refused = await other.answered(await other.ask("me too"))
  expect(refused.error).toMatchObject({ code: -32602, message: "Invalid params" })
  expect(refused.error?.data).toMatch(/^session already has active run `run_[0-9a-f-]{36}`/)
  goose().provider.release()
  expect((await session.answered(request)).result).toMatchObject({ stopReason: "end_turn" })
  expect(said(updatesOf(session.stream.messages))).toBe("one two three")
})

test("unknown sessions, and closed ones until they are loaded, are not found", async () => {
  goose().provider.replyWith("one")
  const unknown = await openSession(goose(), "unknown")
  const place = { cwd: goose().workDir, mcpServers: [] }
  const notFound = { code: -32002, message: "Resource not found", data: "Session not found: unknown" }
  expect((await unknown.answered(await unknown.ask("go"))).error).toEqual(notFound)
  expect((await unknown.request("session/load", place)).error).toEqual(notFound)
  const session = await openSession(goose())
  await session.run("go")
  await session.request("session/close")
  expect((await session.answered(await session.ask("go"))).error?.code).toBe(-32002)
  await session.request("session/load", place)
  expect((await session.run("go")).answer.result).toMatchObject({ stopReason: "end_turn" })
})

test("a load in another folder moves the session there, and a folder that is none is refused", async () => {
  goose().provider.replyWith("one")
  const session = await openSession(goose())
  await session.run("go")
  const cwd = path.join(goose().workDir, "elsewhere")
  await mkdir(cwd)
  await session.request("session/load", { cwd, mcpServers: [] })
  expect(await listed()).toContainEqual(expect.objectContaining({ sessionId: session.id, cwd }))
  const refused = await session.request("session/load", { cwd: "/no/such/folder", mcpServers: [] })
  expect(refused.error).toEqual({ code: -32602, message: "Invalid params", data: "invalid directory path" })
})

test("sessions are listed by folder on request", async () => {
  goose().provider.replyWith("one")
  const session = await openSession(goose())
  await session.run("go")
  expect((await listed(goose().workDir)).map(({ sessionId }) => sessionId)).toContain(session.id)
  expect(await listed(path.dirname(goose().workDir))).toEqual([])
})

test("the id of a deleted session is given to the next one", async () => {
  goose().provider.replyWith("one")
  const session = await openSession(goose())
  await session.run("go")
  await session.request("session/delete")
  const next = await openSession(goose())
  expect(next.id).toBe(session.id)
  expect(await loadedUpdates(goose(), next.id)).toEqual([])
})

test("two sessions run at the same time", async () => {
  goose().provider.hold()
  goose().provider.replyBy(({ question }) => (question.startsWith("a") ? "a1 a2" : "b1 b2"))
  const sessions = [await openSession(goose()), await openSession(goose())]
  const requests = await Promise.all(sessions.map((session, index) => session.ask(index === 0 ? "a" : "b")))
  await expect.poll(() => goose().provider.calls.filter(({ state }) => state === "running").length).toBe(2)
  goose().provider.release()
  await Promise.all(sessions.map(async (session, index) => await session.answered(requests[index] ?? -1)))
  expect(sessions.map(({ stream }) => said(updatesOf(stream.messages)))).toEqual(["a1 a2", "b1 b2"])
})

const listSchema = z.object({
  result: z.object({
    sessions: z.array(z.object({ sessionId: z.string(), cwd: z.string(), _meta: z.record(z.string(), z.unknown()) })),
  }),
})

async function listed(cwd?: string) {
  const connection = await connect(goose())
  const request = await connection.request("session/list", { ...(cwd && { cwd }) })
  const answer: AcpMessage = await connection.stream.next((message) => isAnswer(message, request))
  await connection.delete()
  return listSchema.parse(answer).result.sessions
}
