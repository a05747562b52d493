import { existsSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { expect, test } from "vitest"
import { loadedUpdates, openSession, said, type Update, updatesOf } from "#tests/support/goose/acp-session.ts"
import { useGoose } from "#tests/support/goose/goose-of-run.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"

const { goose, place } = useGoose()

const ofCall = (updates: Update[], id: string) => updates.filter(({ toolCallId }) => toolCallId === id)

test("a call is told whole, and a permission asked for with four options, allow_always first", async () => {
  goose().provider.replyWith({ text: "look", calls: [shell("echo hi")] }, "done")
  const session = await openSession(goose())
  const request = await session.ask("go")
  const permission = await session.permission("call_1")
  expect(permission.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
  expect(permission.params).toEqual({
    sessionId: session.id,
    toolCall: {
      toolCallId: "call_1",
      kind: "other",
      status: "pending",
      title: "shell · echo hi",
      rawInput: { command: "echo hi" },
    },
    options: ["allow_always", "allow_once", "reject_once", "reject_always"].map((kind) => ({
      optionId: kind,
      name: kind,
      kind,
    })),
  })
  await session.decide(permission, "allow_once")
  await session.answered(request)
  const updates = updatesOf(session.stream.messages)
  const [call, ...others] = ofCall(updates, "call_1")
  expect(call).toMatchObject({ sessionUpdate: "tool_call", title: "shell · echo hi", rawInput: { command: "echo hi" } })
  expect(call?.status).toBeUndefined()
  expect(call?._meta["goose"]).toMatchObject({ toolCall: { toolName: "shell", extensionName: "developer" } })
  expect(others.at(-1)).toMatchObject({
    sessionUpdate: "tool_call_update",
    status: "completed",
    content: [{ type: "content", content: { type: "text", text: "hi" } }],
    rawOutput: { stdout: "hi", stderr: "", exit_code: 0 },
  })
  expect(said(updates)).toBe("lookdone")
  expect(goose().provider.calls.at(-1)?.body.messages.at(-1)).toMatchObject({ role: "tool", content: "hi" })
})

test("output is told while the command runs, in pieces that are numbered", async () => {
  goose().provider.replyWith(
    { calls: [shell(`echo first; while [ ! -e ${place("go-on")} ]; do sleep 0.02; done`)] },
    "done",
  )
  const session = await openSession(goose())
  const request = await session.ask("go")
  await session.decide(await session.permission("call_1"), "allow_once")
  const live = await session.stream.next((message) => updatesOf([message])[0]?.status === "in_progress")
  expect(updatesOf([live])[0]?._meta).toEqual({
    toolNotification: {
      type: "live_output",
      params: { sequence: 1, chunks: [{ stream: "stdout", output: "first\n" }], truncated: false },
    },
  })
  await writeFile(place("go-on"), "")
  await session.answered(request)
})

test("permissions of parallel calls are asked for one after the other, and none runs before all are decided", async () => {
  const both = [shell(`echo once >> ${place("first")}`), shell(`echo once >> ${place("second")}`)]
  goose().provider.replyWith({ calls: both }, "done")
  const session = await openSession(goose())
  const request = await session.ask("go")
  const first = await session.permission("call_1")
  await session.decide(first, "allow_once")
  const second = await session.permission("call_2")
  expect(existsSync(place("first"))).toBe(false)
  await session.decide(second, "allow_once")
  await session.answered(request)
  const updates = updatesOf(session.stream.messages)
  const ends = updates.filter(({ status }) => status === "completed").map(({ toolCallId }) => toolCallId)
  expect(ends).toEqual(["call_1", "call_2"])
  expect(await readFile(place("first"), "utf8")).toBe("once\n")
  expect(await readFile(place("second"), "utf8")).toBe("once\n")
})

test.each(["reject_once", { outcome: "cancelled" }, "no-such-option"])(
  "%o declines: the call has failed, and the run goes on",
  async (outcome) => {
    goose().provider.replyWith({ calls: [shell(`touch ${place("declined")}`)] }, "well then")
    const session = await openSession(goose())
    const request = await session.ask("go")
    await session.decide(await session.permission("call_1"), outcome)
    expect((await session.answered(request)).result).toMatchObject({ stopReason: "end_turn" })
    const updates = updatesOf(session.stream.messages)
    const [, ended] = ofCall(updates, "call_1")
    expect(ended).toMatchObject({ status: "failed" })
    expect(JSON.stringify(ended?.content)).toContain("The user has declined to run this tool. DO NOT attempt")
    expect(said(updates)).toBe("well then")
    expect(existsSync(place("declined"))).toBe(false)
  },
)

test("a command that fails has failed, with its code in the text and the output", async () => {
  goose().provider.replyWith({ calls: [shell("echo oops >&2; exit 3")] }, "done")
  const session = await openSession(goose())
  const request = await session.ask("go")
  await session.decide(await session.permission("call_1"), "allow_once")
  await session.answered(request)
  expect(ofCall(updatesOf(session.stream.messages), "call_1").at(-1)).toMatchObject({
    status: "failed",
    content: [{ type: "content", content: { type: "text", text: "oops\n\nCommand exited with code 3" } }],
    rawOutput: { stdout: "", stderr: "oops", exit_code: 3 },
  })
})

test("a tool that does not exist, and arguments that were cut off, are calls titled error that fail unasked", async () => {
  const bad = [
    { id: "a", name: "nosuch", arguments: {} },
    { id: "b", arguments: '{"command": "ec' },
  ]
  goose().provider.replyWith({ calls: bad }, "done")
  const { updates } = await (await openSession(goose())).run("go")
  for (const id of ["a", "b"]) {
    const [call, ended] = ofCall(updates, id)
    expect(call?.title).toBe("error")
    expect(call?.rawInput).toBeUndefined()
    expect(call?._meta["goose"]).not.toHaveProperty("toolCall")
    expect(ended?.status).toBe("failed")
  }
})

test("ids of calls come again in the next turn", async () => {
  const session = await openSession(goose())
  for (const file of ["turn-1", "turn-2"]) {
    goose().provider.replyWith({ calls: [shell(`echo once >> ${place(file)}`)] }, "done")
    const request = await session.ask(file)
    await session.decide(await session.permission("call_1"), "allow_once")
    await session.answered(request)
    expect(await readFile(place(file), "utf8")).toBe("once\n")
  }
  const replayed = await loadedUpdates(goose(), session.id)
  expect(
    replayed.filter(({ sessionUpdate }) => sessionUpdate === "tool_call").map(({ toolCallId }) => toolCallId),
  ).toEqual(["call_1", "call_1"])
})

test("in the mode chat a call is skipped, which looks as if it had completed", async () => {
  goose().provider.replyWith({ calls: [shell(`touch ${place("skipped")}`)] }, "done")
  const session = await openSession(goose())
  await session.request("session/set_mode", { modeId: "chat" })
  const { updates } = await session.run("go")
  expect(ofCall(updates, "call_1").at(-1)).toMatchObject({ status: "completed" })
  expect(JSON.stringify(ofCall(updates, "call_1").at(-1)?.content)).toContain("skipped in goose chat mode")
  expect(existsSync(place("skipped"))).toBe(false)
})

test("in the mode auto nothing is asked for", async () => {
  goose().provider.replyWith({ calls: [shell("pwd")] }, "done")
  const session = await openSession(goose())
  await session.request("session/set_mode", { modeId: "auto" })
  await session.run("go")
  expect(session.stream.messages.filter(({ method }) => method === "session/request_permission")).toEqual([])
  expect(goose().provider.calls.at(-1)?.body.messages.at(-1)).toMatchObject({ role: "tool", content: goose().workDir })
})
