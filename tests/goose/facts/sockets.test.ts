import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { expect, test } from "vitest"
import { z } from "zod"
import { type AcpPipe, openSocket, openStdio } from "#tests/support/goose/acp-pipe.ts"
import { isAnswer, loadedUpdates, openSession, said, textOf, updatesOf } from "#tests/support/goose/acp-session.ts"
import { startGooseOfRun, useGoose } from "#tests/support/goose/goose-of-run.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"
import type { StartedGoose } from "#tests/support/goose/start-goose.ts"

const { goose, place } = useGoose()

test("a WebSocket that is dropped ends its run, and the text is lost", async () => {
  goose().provider.hold()
  goose().provider.replyWith("one two three")
  const socket = await openSocket(goose())
  const sessionId = await begin(socket, "lost?")
  goose().provider.release(2)
  await socket.next((message) => said(updatesOf([message])) === " two")
  const call = goose().provider.calls.at(-1) ?? expect.unreachable()
  socket.close()
  await goose().provider.ended(call)
  expect(call.state).toBe("left")
  expect((await loadedUpdates(goose(), sessionId)).map(textOf)).toEqual(["lost?"])
})

test("so does one that is dropped under a permission", async () => {
  goose().provider.replyWith({ text: "look", calls: [shell(`touch ${place("never")}`)] }, "done")
  const socket = await openSocket(goose())
  const sessionId = await begin(socket, "lost?")
  await socket.next(({ method }) => method === "session/request_permission")
  socket.close()
  const session = await openSession(goose(), sessionId)
  goose().provider.replyWith("well")
  // The run before is over once a question is taken.
  await expect.poll(async () => (await session.answered(await session.ask("and now?"))).result).toBeDefined()
  expect(said(await loadedUpdates(goose(), sessionId))).toBe("well")
  expect(existsSync(place("never"))).toBe(false)
})

test("a killed Goose closes its WebSockets without a word, and a command that it runs lives on", async () => {
  const own = await startGooseOfRun({ environment: { GOOSE_MODE: "auto" } })
  const begun = path.join(own.workDir, "begun")
  const goOn = path.join(own.workDir, "go-on")
  const ended = path.join(own.workDir, "ended")
  const command = `touch ${begun}; while [ ! -e ${goOn} ]; do sleep 0.02; done; touch ${ended}`
  own.provider.replyWith({ calls: [shell(command)] }, "done")
  const socket = await openSocket(own)
  await begin(socket, "go", own)
  await expect.poll(() => existsSync(begun)).toBe(true)
  await own.kill()
  expect(await socket.closed).toBe(1006)
  await writeFile(goOn, "")
  await expect.poll(() => existsSync(ended)).toBe(true)
  await own.stop()
})

test("over stdio a question right behind which it is cancelled is answered all the same", async () => {
  goose().provider.replyWith("one two three")
  const pipe = openStdio(goose())
  const sessionId = await newSession(pipe, goose())
  const prompt = [{ type: "text", text: "go" }]
  pipe.send(
    { id: 3, method: "session/prompt", params: { sessionId, prompt } },
    { method: "session/cancel", params: { sessionId } },
  )
  expect((await pipe.next((message) => isAnswer(message, 3))).result).toMatchObject({ stopReason: "end_turn" })
  expect(said(updatesOf(pipe.messages))).toBe("one two three")
  pipe.close()
  expect(await pipe.closed).toBe(0)
})

test("the end of its input ends a Goose over stdio, with its run", async () => {
  goose().provider.hold()
  goose().provider.replyWith("one two three")
  const pipe = openStdio(goose())
  const sessionId = await begin(pipe, "lost?")
  goose().provider.release(2)
  await pipe.next((message) => said(updatesOf([message])) === " two")
  pipe.close()
  expect(await pipe.closed).toBe(0)
  expect((await loadedUpdates(goose(), sessionId)).map(textOf)).toEqual(["lost?"])
})

const createdSchema = z.looseObject({ result: z.looseObject({ sessionId: z.string() }) })

async function newSession(pipe: AcpPipe, on: StartedGoose): Promise<string> {
  pipe.send({ id: 1, method: "initialize", params: { protocolVersion: 1, clientCapabilities: {} } })
  await pipe.next((message) => isAnswer(message, 1))
  pipe.send({ id: 2, method: "session/new", params: { cwd: on.workDir, mcpServers: [] } })
  return createdSchema.parse(await pipe.next((message) => isAnswer(message, 2))).result.sessionId
}

async function begin(pipe: AcpPipe, question: string, on = goose()): Promise<string> {
  const sessionId = await newSession(pipe, on)
  const prompt = [{ type: "text", text: question }]
  pipe.send({ id: 3, method: "session/prompt", params: { sessionId, prompt } })
  return sessionId
}
