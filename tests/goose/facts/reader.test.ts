import { readFile } from "node:fs/promises"
import { expect, test } from "vitest"
import { connect, reconnect } from "#tests/support/goose/acp-connection.ts"
import { isAnswer, loadedUpdates, openSession, said, updatesOf } from "#tests/support/goose/acp-session.ts"
import { startGooseOfRun, useGoose } from "#tests/support/goose/goose-of-run.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"

const { goose, place } = useGoose()

const words = Array.from({ length: 50 }, (_, index) => `w${index} `)

test("a run outlives its reader, and what it says is kept for whoever reads next", async () => {
  goose().provider.hold()
  goose().provider.replyWith({ text: words })
  const session = await openSession(goose())
  const request = await session.ask("go")
  goose().provider.release(10)
  await session.stream.next((message) => said(updatesOf([message])) === "w9 ")
  const before = said(updatesOf(session.stream.messages))
  await session.stream.drop()
  await session.connection.stream.drop()
  goose().provider.release()
  await goose().provider.ended(await lastCall())
  const stream = await session.reopen()
  const answer = await session.answered(request)
  expect(answer.result).toMatchObject({ stopReason: "end_turn", usage: { outputTokens: 50 } })
  // What was on its way to the reader that has gone may be lost with it: one message at most, none twice.
  const heard = (before + said(updatesOf(stream.messages))).split(" ")
  const all = words.join("").split(" ")
  expect(all.filter((word) => !heard.includes(word)).length).toBeLessThanOrEqual(1)
  expect(heard).toEqual(all.filter((word) => heard.includes(word)))
  expect(said(await loadedUpdates(goose(), session.id))).toBe(words.join(""))
})

test("a permission that is asked for while nobody reads waits, also for somebody who knows only the ids", async () => {
  goose().provider.hold()
  goose().provider.replyWith({ calls: [shell(`echo once >> ${place("waited")}`)] }, "done")
  const session = await openSession(goose())
  const request = await session.ask("go")
  await session.stream.next((message) => updatesOf([message])[0]?._meta["goose"] !== undefined)
  await session.stream.drop()
  await session.connection.stream.drop()
  goose().provider.release()
  await goose().provider.ended(await lastCall())

  const taken = reconnect(goose(), session.connection.id)
  await expect.poll(async () => (await taken.open()).status).toBe(200)
  const stream = await session.reopen()
  const permission = await stream.next(({ method }) => method === "session/request_permission")
  await taken.send({ id: permission.id, result: { outcome: { outcome: "selected", optionId: "allow_once" } } })
  expect((await session.answered(request)).result).toMatchObject({ stopReason: "end_turn" })
  expect(await readFile(place("waited"), "utf8")).toBe("once\n")
})

test("a permission that a reader took with it is not asked for again, and can still be decided by its id", async () => {
  goose().provider.replyWith({ calls: [shell(`echo once >> ${place("taken")}`)] }, "done")
  const session = await openSession(goose())
  const request = await session.ask("go")
  const permission = await session.permission("call_1")
  await session.stream.drop()
  const stream = await session.reopen()
  // Goose is deaf to a second prompt, and its refusal comes after all that was kept.
  const refused = await session.answered(await session.ask("are you there?"))
  expect(refused.error?.code).toBe(-32602)
  expect(stream.messages).toEqual([refused])
  await session.decide(permission, "allow_once")
  expect((await session.answered(request)).result).toMatchObject({ stopReason: "end_turn" })
  expect(await readFile(place("taken"), "utf8")).toBe("once\n")
})

test("a decision that is sent twice counts once, and the second one changes nothing", async () => {
  goose().provider.replyWith({ calls: [shell(`echo once >> ${place("twice")}`)] }, "done")
  const session = await openSession(goose())
  const request = await session.ask("go")
  const permission = await session.permission("call_1")
  const answers = [await session.decide(permission, "allow_once"), await session.decide(permission, "reject_once")]
  expect(answers.map(({ status }) => status)).toEqual([202, 202])
  await session.answered(request)
  expect(await readFile(place("twice"), "utf8")).toBe("once\n")
  expect(updatesOf(session.stream.messages).findLast(({ toolCallId }) => toolCallId)?.status).toBe("completed")
  const { answer } = await session.run("still there?")
  expect(answer.result).toMatchObject({ stopReason: "end_turn" })
})

test("one reader a stream: a second one is refused", async () => {
  const session = await openSession(goose())
  expect((await session.connection.open(session.id)).status).toBe(409)
  expect((await session.connection.open()).status).toBe(409)
})

test("an unknown connection is not found, and a wrong key not let in", async () => {
  const unknown = reconnect(goose(), "unknown")
  expect((await unknown.open()).status).toBe(404)
  expect((await unknown.send({ id: 1, method: "session/list", params: {} })).status).toBe(404)
  expect(await unknown.delete()).toBe(404)
  const { id } = await connect(goose())
  expect((await reconnect({ url: goose().url, secret: "wrong" }, id).open()).status).toBe(401)
})

test("a deleted connection ends its runs, and what they said is lost", async () => {
  goose().provider.hold()
  goose().provider.replyWith({ text: words })
  const session = await openSession(goose())
  await session.ask("lost?")
  goose().provider.release(3)
  await session.stream.next((message) => said(updatesOf([message])) === "w2 ")
  const call = await lastCall()
  expect(await session.connection.delete()).toBe(202)
  await goose().provider.ended(call)
  expect(call.state).toBe("left")
  await expect.poll(() => session.stream.isOpen()).toBe(false)
  expect((await session.connection.open()).status).toBe(404)
  const stored = await loadedUpdates(goose(), session.id)
  expect(said(stored, "user_message_chunk")).toBe("lost?")
  expect(said(stored)).toBe("")
  goose().provider.release()
})

test("a killed Goose takes its connections with it, and keeps its sessions and their questions", async () => {
  const own = await startGooseOfRun()
  try {
    own.provider.hold()
    own.provider.replyWith("one two three")
    const session = await openSession(own)
    await session.ask("lost?")
    own.provider.release(1)
    await session.stream.next((message) => said(updatesOf([message])) === "one")
    await own.kill()
    await expect.poll(() => session.stream.isOpen()).toBe(false)
    await own.restart()
    own.provider.release()
    expect((await reconnect(own, session.connection.id).open()).status).toBe(404)
    const again = await openSession(own, session.id)
    // Without loading it, history and all.
    const request = await again.ask("and now?")
    expect(isAnswer(await again.answered(request), request)).toBe(true)
    const question = own.provider.calls.at(-1)?.question
    expect(question).toMatch(/^lost\?\n[\s\S]*\nand now\?\n/)
  } finally {
    await own.stop()
  }
})

async function lastCall() {
  const calls = goose().provider.calls.length
  const call = goose().provider.calls.at(-1)
  if (call?.state === "running") return call
  await goose().provider.called(calls + 1)
  return goose().provider.calls[calls] ?? expect.unreachable()
}
