import { expect, test } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"
import { useGoose } from "#tests/support/goose/goose-of-run.ts"
import {
  answerOf,
  ask,
  callOf,
  decide,
  gooseEnvironment,
  statusOf,
  waitingCommand,
  wordsOf,
} from "#tests/support/goose/product.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const { goose } = useGoose()

/** A chat in which a command waits for the user. */
async function asked(name: string) {
  const service = await freshService({ model: scripted("no"), environment: gooseEnvironment(goose()) })
  const client = await service.guest()
  const command = waitingCommand(goose(), name)
  goose().provider.replyWith({ text: "I run it. ", calls: [command.call] }, "It ran.")
  const answer = await ask(client, "run it")
  expect(await answer.readAll()).toBe("I run it. ")
  expect(await statusOf(client)).toBe("COMPLETE")
  expect(await callOf(client)).toMatchObject({ state: "approval-requested", toolName: "shell" })
  return { ...service, client, command }
}

test("an approved command runs once, its output is seen while it runs, and the answer goes on", async () => {
  const { client, command, services, charges } = await asked("approved")
  expect(await charges(), "Goose has reported nothing yet").toEqual([])
  const rest = await decide(client, true)
  expect(await rest.readUntilChunk("tool-output-available")).toMatchObject({
    preliminary: true,
    output: { stdout: expect.stringContaining("begun") },
  })
  command.go()
  expect(await rest.readAll()).toBe("I run it. It ran.")
  expect(command.timesRun()).toBe(1)
  expect(await answerOf(client)).toMatchObject({
    metadata: { status: "COMPLETE" },
    parts: [
      { type: "step-start" },
      { type: "text", text: "I run it. " },
      { type: "dynamic-tool", state: "output-available", approval: { approved: true } },
      { type: "text", text: "It ran." },
    ],
  })
  expect((await client.messages()).map(({ role }) => role)).toEqual(["user", "assistant"])
  expect(await charges()).toMatchObject([{ isLowerBound: true, estimated: false }])
  expect(services.chat.running.isIdle).toBe(true)
})

test("a denied command does not run, and the answer goes on without it", async () => {
  const { client, command } = await asked("denied")
  expect(await (await decide(client, false)).readAll()).toBe("I run it. It ran.")
  expect(command.timesRun()).toBe(0)
  expect((await callOf(client))?.state).toBe("output-denied")
  expect(await statusOf(client)).toBe("COMPLETE")
})

test("if something else is asked, the command never runs, and the next turn has a session of its own", async () => {
  const { client, command } = await asked("never-mind")
  goose().provider.replyWith("fine")
  expect(await (await ask(client, "never mind")).readAll()).toBe("fine")
  command.go()
  expect(command.timesRun()).toBe(0)
  expect(await statusOf(client)).toBe("COMPLETE")
})

test("a stop while the command waits ends the run: a decision comes too late", async () => {
  const { client, command } = await asked("stopped")
  expect((await client.stop({})).status).toBe(200)
  const late = await decide(client, true)
  await late.readAll()
  command.go()
  expect(await statusOf(client)).toBe("ERROR")
  expect(await wordsOf(client)).toBe("I run it. ")
  expect(command.timesRun()).toBe(0)
})

test("a stop mid-command kills it, and closes the call", async () => {
  const { client, command } = await asked("stopped-running")
  const rest = await decide(client, true)
  await rest.readUntilChunk("tool-output-available")
  expect((await client.stop({})).status).toBe(200)
  await rest.readAll()
  command.go()
  expect(await statusOf(client)).toBe("STOPPED")
  expect((await callOf(client))?.state).toBe("output-error")
  goose().provider.replyWith("still here")
  expect(await (await ask(client, "are you there?")).readAll()).toBe("still here")
  expect(command.timesRun()).toBe(0)
})
