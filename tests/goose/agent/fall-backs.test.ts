import { afterEach, expect, test, vi } from "vitest"
import { startAgents } from "#tests/support/goose/agent-answers.ts"
import { kindOfRun, useGoose } from "#tests/support/goose/goose-of-run.ts"
import { gooseCommand } from "#tests/support/goose/goose-process.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"
import { errorCodeOf } from "#tests/support/goose/stream-parts.ts"

// It runs tools unasked, unless it is told not to.
const { goose } = useGoose({ environment: { GOOSE_MODE: "auto" } })
let agents: ReturnType<typeof startAgents>
afterEach(async () => {
  await agents.close()
  vi.unstubAllEnvs()
})

function startOver(way: "http" | "socket" | "command") {
  if (way === "http") agents = startAgents(goose())
  else if (way === "socket")
    agents = startAgents(goose(), { url: goose().url.replace("http", "ws"), secret: goose().secret })
  else {
    for (const [name, value] of Object.entries(goose().environment)) vi.stubEnv(name, value)
    agents = startAgents(goose(), { command: [...gooseCommand(kindOfRun), "acp"].join(" ") })
  }
}

test.each(["http", "socket", "command"] as const)(
  "over %s, Goose asks before it runs a tool, whatever its mode was",
  async (way) => {
    startOver(way)
    goose().provider.replyWith({ text: "look: ", calls: [shell("echo ran")] }, "done")
    const agent = agents.agent()
    const first = await agents.ask(agent, "go")
    expect(first.shown).toMatchObject([{ text: "look: " }, { state: "approval-requested" }])
    const second = await agents.ask(agent, "go", { joins: { ...first, decision: true } })
    expect(second.shown).toMatchObject([{ text: "look: " }, { output: { stdout: "ran" } }, { text: "done" }])
  },
)

test.each(["socket", "command"] as const)("over %s, a run ends with the process that began it", async (way) => {
  startOver(way)
  goose().provider.replyWith({ calls: [shell("echo ran")] }, "done")
  const first = await agents.ask(agents.agent(), "go")
  const { parts } = await agents.ask(agents.agent(), "go", { joins: { ...first, decision: true } })
  expect(errorCodeOf(parts.at(-1) ?? {})).toBe("agent_disconnected")
})

test.each(["socket", "command"] as const)("over %s, a stopped run is cancelled", async (way) => {
  startOver(way)
  const asked = goose().provider.calls.length
  goose().provider.hold()
  goose().provider.release(2)
  goose().provider.replyWith("one two three four")
  await agents.ask(agents.agent(), "go", { endAt: { when: ({ type }) => type === "text-delta", as: "stopped" } })
  const call = goose().provider.calls[asked]
  if (!call) throw new Error("the provider was asked")
  await goose().provider.ended(call)
  expect(call.state).toBe("left")
  goose().provider.release()
})

test("a command that cannot be started is unavailable", async () => {
  agents = startAgents(goose(), { command: "/nowhere/goose acp" })
  const { parts } = await agents.ask(agents.agent(), "go")
  expect(errorCodeOf(parts.at(-1) ?? {})).toBe("agent_unavailable")
})
