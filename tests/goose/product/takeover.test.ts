/** Two servers on one database and one Goose: what one begins, the other ends. */
import { expect, test } from "vitest"
import { recoverAll } from "#lib/turns/recover.ts"
import { startGooseOfRun, useGoose } from "#tests/support/goose/goose-of-run.ts"
import {
  answerOf,
  ask,
  callOf,
  decide,
  gooseEnvironment,
  statusOf,
  until,
  waitingCommand,
  wordsOf,
} from "#tests/support/goose/product.ts"
import type { StartedGoose } from "#tests/support/goose/start-goose.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()
const { goose, calls } = useGoose()

async function twoServers(behind: StartedGoose = goose()) {
  const model = scripted("a model's words")
  const both = await twoProcesses(redis(), model, model, gooseEnvironment(behind))
  return { ...both, model, client: await both.guest() }
}

test("F1 mid-text the next server joins the run: every word once, the provider asked once, one charge", async () => {
  const { client, services, other, model, charges } = await twoServers()
  goose().provider.replyWith("one two three four five six")
  goose().provider.hold()
  const answer = await ask(client, "count to six")
  goose().provider.release(2)
  await answer.readUntil("two")
  globalThis.rejoinServices = Promise.resolve(other)
  await services.drain(0)
  goose().provider.release(1)
  await recoverAll(other.chat)
  goose().provider.release()
  await until(client, "COMPLETE")
  expect(await wordsOf(client)).toBe("one two three four five six")
  expect((await answerOf(client))?.parts.map(({ type }) => type)).toEqual(["step-start", "text"])
  expect(calls()).toHaveLength(1)
  expect(model.calls).toHaveLength(0)
  expect(await charges()).toHaveLength(1)
})

test("F1 mid-command the next server brings its output and its end: it runs once", async () => {
  const { client, services, other } = await twoServers()
  const command = waitingCommand(goose(), "taken-over")
  goose().provider.replyWith({ text: "I run it. ", calls: [command.call] }, "It ran.")
  await (await ask(client, "run it")).readAll()
  const rest = await decide(client, true)
  await rest.readUntilChunk("tool-output-available")
  globalThis.rejoinServices = Promise.resolve(other)
  await services.drain(0)
  await recoverAll(other.chat)
  command.go()
  await until(client, "COMPLETE")
  expect(command.timesRun()).toBe(1)
  expect(await callOf(client)).toMatchObject({ state: "output-available", approval: { approved: true } })
  expect(await wordsOf(client)).toBe("I run it. It ran.")
})

test("F1 while a permission is open the other server takes the decision", async () => {
  const { client, other, services } = await twoServers()
  const command = waitingCommand(goose(), "decided-elsewhere")
  goose().provider.replyWith({ text: "I run it. ", calls: [command.call] }, "It ran.")
  await (await ask(client, "run it")).readAll()
  await services.drain(0)
  globalThis.rejoinServices = Promise.resolve(other)
  command.go()
  expect(await (await decide(client, true)).readAll()).toBe("I run it. It ran.")
  expect(command.timesRun()).toBe(1)
  expect(await statusOf(client)).toBe("COMPLETE")
})

test("F50 Goose and its server killed together: ERROR with the partial of our log", async () => {
  const own = await startGooseOfRun()
  try {
    const { client, services, other } = await twoServers(own)
    own.provider.replyWith("one two three four")
    own.provider.hold()
    const answer = await ask(client, "count")
    own.provider.release(2)
    await answer.readUntil("two")
    globalThis.rejoinServices = Promise.resolve(other)
    await services.drain(0)
    await own.kill()
    await recoverAll(other.chat)
    await until(client, "ERROR")
    expect((await answerOf(client))?.metadata?.error?.code).toBe("agent_disconnected")
    expect((await wordsOf(client)).trim()).toBe("one two")
  } finally {
    await own.stop()
  }
})
