import { afterEach, beforeEach, expect, test } from "vitest"
import { startAgents } from "#tests/support/goose/agent-answers.ts"
import { startGooseOfRun, useGoose } from "#tests/support/goose/goose-of-run.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"
import { errorCodeOf } from "#tests/support/goose/stream-parts.ts"

const { goose, calls } = useGoose()
let agents: ReturnType<typeof startAgents>
beforeEach(() => {
  agents = startAgents(goose())
})
afterEach(() => agents.close())

test("an answer has its thoughts, its words and its usage, and its connection is closed", async () => {
  goose().provider.replyWith({ thoughts: "let me see", text: "one two three" })
  const agent = agents.agent()
  const { answer, shown, parts, streamId } = await agents.ask(agent, "hello")
  expect(shown).toMatchObject([
    { type: "reasoning", text: "let me see", state: "done" },
    { type: "text", text: "one two three", state: "done" },
  ])
  expect(parts.at(-1)).toMatchObject({
    type: "finish",
    finishReason: { unified: "stop" },
    usage: { inputTokens: { total: 100 }, outputTokens: { total: 3 }, raw: { isLowerBound: true } },
  })
  // The answer may still be lost before it is stored; another process would read it again.
  expect(agents.runs.rows.get(streamId)?.isOpen).toBe(true)
  expect(await answer.corrections(shown)).toEqual([])
  await agent.close()
  expect(agents.runs.rows.get(streamId)?.isOpen).toBe(false)
})

test("the next turn goes on in the same session, and Goose is told nothing twice", async () => {
  goose().provider.replyWith("one")
  const first = await agents.ask(agents.agent(), "first question", {
    history: [{ role: "user", content: [{ type: "text", text: "older question" }] }],
  })
  await agents.ask(agents.agent(), "second question", {
    after: first,
    history: [{ role: "user", content: [{ type: "text", text: "first question" }] }],
  })
  const prompt = JSON.stringify(calls().at(-1)?.body.messages)
  for (const question of ["older question", "first question", "second question"])
    expect(prompt.split(question)).toHaveLength(2)
})

test("a session that is gone is replaced by a new one, which is told the history once", async () => {
  goose().provider.replyWith("one")
  const first = await agents.ask(agents.agent(), "first question")
  const run = agents.runs.rows.get(first.streamId)?.run
  // As if its id had been given to another session since.
  if (run) run.sessionCreatedAt = "2020-01-01T00:00:00Z"
  await agents.ask(agents.agent(), "second question", {
    after: first,
    history: [{ role: "user", content: [{ type: "text", text: "first question" }] }],
  })
  const prompt = JSON.stringify(calls().at(-1)?.body.messages)
  for (const question of ["first question", "second question"]) expect(prompt.split(question)).toHaveLength(2)
  const { run: second } = [...agents.runs.rows.values()].at(-1) ?? {}
  expect(second?.sessionId).not.toBe(run?.sessionId)
})

test("a text that is a command of Goose's is a question like any other", async () => {
  goose().provider.replyWith("It is no command.")
  const { text } = await agents.ask(agents.agent(), "/status")
  expect(text).toBe("It is no command.")
  expect(calls()).toHaveLength(1)
})

test("a tool runs once the user has allowed it, by whichever process", async () => {
  goose().provider.replyWith(
    { text: "look: ", calls: [shell("printf one; printf two >> ran.txt; cat ran.txt")] },
    "done",
  )
  const first = await agents.ask(agents.agent(), "go")
  expect(first.parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "tool-calls" } })
  expect(first.shown).toMatchObject([{ text: "look: " }, { toolName: "shell", state: "approval-requested" }])
  const second = await agents.ask(agents.agent(), "go", { joins: { ...first, decision: true } })
  expect(second.shown).toMatchObject([
    { text: "look: " },
    { state: "output-available", output: { stdout: "onetwo", exit_code: 0 } },
    { text: "done" },
  ])
  expect(await second.answer.corrections(second.shown)).toEqual([])
})

test("a declined tool does not run, and its result is not shown", async () => {
  goose().provider.replyWith({ calls: [shell("touch ran.txt")] }, "as you wish")
  const agent = agents.agent()
  const first = await agents.ask(agent, "go")
  const second = await agents.ask(agent, "go", { joins: { ...first, decision: false } })
  expect(second.shown).toMatchObject([
    { state: "approval-responded", approval: { approved: false } },
    { text: "as you wish" },
  ])
  expect(await second.answer.corrections(second.shown)).toEqual([])
})

test("parallel calls are asked about one after the other", async () => {
  goose().provider.replyWith({ calls: [shell("echo one"), shell("echo two")] }, "done")
  const first = await agents.ask(agents.agent(), "go")
  const second = await agents.ask(agents.agent(), "go", { joins: { ...first, decision: true } })
  expect(second.shown).toMatchObject([{ state: "approval-responded" }, { state: "approval-requested" }])
  const third = await agents.ask(agents.agent(), "go", { joins: { ...second, decision: true } })
  expect(third.shown).toMatchObject([{ output: { stdout: "one" } }, { output: { stdout: "two" } }, { text: "done" }])
})

test("the words of a failure are not shown", async () => {
  goose().provider.replyWith({ status: 500, message: "secret-of-the-provider" })
  const { parts, shown } = await agents.ask(agents.agent(), "hello")
  expect(errorCodeOf(parts.at(-1) ?? {})).toBe("agent_reported_error")
  expect(shown).toEqual([])
  expect(JSON.stringify(parts)).not.toContain("secret-of-the-provider")
})

test("an answer that the provider cut is told from a whole one", async () => {
  goose().provider.replyWith({ text: "one two", fault: "clean-cut" })
  const { parts, text } = await agents.ask(agents.agent(), "hello")
  expect(text).toBe("one two")
  expect(errorCodeOf(parts.at(-1) ?? {})).toBe("provider_truncated")
})

test("a provider that refuses the key is not asked again", async () => {
  goose().provider.replyWith({ status: 401 })
  const { parts } = await agents.ask(agents.agent(), "hello")
  expect(errorCodeOf(parts.at(-1) ?? {})).toBe("provider_refused")
})

test("a stopped answer is cancelled, and a question after it is answered in a new session", async () => {
  goose().provider.hold()
  goose().provider.release(2)
  goose().provider.replyWith("one two three four")
  const agent = agents.agent()
  const first = await agents.ask(agent, "go", {
    endAt: { when: (part) => part.type === "text-delta", as: "stopped" },
  })
  const [call] = calls()
  if (!call) throw new Error("the provider was asked")
  await goose().provider.ended(call)
  expect(call.state).toBe("left")
  await agent.close()
  expect(agents.runs.rows.get(first.streamId)?.isOpen).toBe(false)
})

test("a chat's runs that wait for a decision are ended, by whichever process", async () => {
  goose().provider.replyWith({ calls: [shell("touch ran.txt")] }, "done")
  const first = await agents.ask(agents.agent(), "go")
  const other = agents.agent()
  await other.endRuns(agents.chatId, first.streamId)
  expect(agents.runs.rows.get(first.streamId)?.isOpen).toBe(true)
  await other.endRuns(agents.chatId)
  expect(agents.runs.rows.get(first.streamId)?.isOpen).toBe(false)
  const { parts } = await agents.ask(agents.agent(), "go", { joins: { ...first, decision: true } })
  expect(errorCodeOf(parts.at(-1) ?? {})).toBe("agent_disconnected")
})

test("a tool that runs when its chat's runs are ended is ended too", async () => {
  goose().provider.replyWith({ calls: [shell("echo $$; exec sleep 600")] }, "done")
  const waiting = await agents.ask(agents.agent(), "go")
  const isPreliminary = (part: object) => "preliminary" in part && part.preliminary === true
  const { parts } = await agents.ask(agents.agent(), "go", {
    joins: { ...waiting, decision: true },
    endAt: { when: isPreliminary, as: "handed-over" },
  })
  const printed = parts.find(isPreliminary)
  const pid = printed?.type === "tool-result" ? Number(JSON.parse(JSON.stringify(printed.result)).stdout) : 0
  expect(pid).toBeGreaterThan(0)
  await agents.agent().endRuns(agents.chatId)
  await expect.poll(() => isRunning(pid)).toBe(false)
})

test("a Goose that is killed while it answers ends the answer with what it said", async () => {
  const other = await startGooseOfRun()
  const others = startAgents(other)
  other.provider.hold()
  other.provider.release(2)
  other.provider.replyWith("one two three")
  let deltas = 0
  const { parts, text } = await others.ask(others.agent(), "go", {
    onPart: (part) => {
      if (part.type === "text-delta" && ++deltas === 2) void other.kill()
    },
  })
  expect(text).toBe("one two")
  expect(errorCodeOf(parts.at(-1) ?? {})).toBe("agent_disconnected")
  await others.close()
  await other.stop()
})

test("a Goose that is not there, or does not know the key, is unavailable", async () => {
  const wrongKey = startAgents(goose(), { url: goose().url, secret: "wrong" })
  const { parts } = await wrongKey.ask(wrongKey.agent(), "hello")
  expect(errorCodeOf(parts.at(-1) ?? {})).toBe("agent_unavailable")
  await goose().kill()
  const { parts: none } = await agents.ask(agents.agent(), "hello")
  expect(errorCodeOf(none.at(-1) ?? {})).toBe("agent_unavailable")
  expect(JSON.stringify(none)).not.toContain("127.0.0.1")
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    // There is no such process.
    return false
  }
}
