import { existsSync } from "node:fs"
import { expect, test } from "vitest"
import { loadedUpdates, openSession, said, updatesOf } from "#tests/support/goose/acp-session.ts"
import { useGoose } from "#tests/support/goose/goose-of-run.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"

const { goose, place } = useGoose()

test("in the middle of a text it is cancelled at once, and what was said is kept", async () => {
  const { session, request } = await cutAfterTwo()
  await session.cancel()
  expect((await session.answered(request)).result).toMatchObject({ stopReason: "cancelled" })
  const call = goose().provider.calls.at(-1) ?? expect.unreachable()
  await goose().provider.ended(call)
  expect(call.state).toBe("left")
  expect(said(await loadedUpdates(goose(), session.id))).toBe("one two")
})

test("it can be cancelled in another connection", async () => {
  const { session, request } = await cutAfterTwo()
  const other = await openSession(goose(), session.id)
  await other.cancel()
  expect((await session.answered(request)).result).toMatchObject({ stopReason: "cancelled" })
})

test("in a tool its shell is killed, no update ends the call, and the text before it is forgotten", async () => {
  const command = `touch ${place("begun")}; sleep 60; touch ${place("ended")}`
  goose().provider.replyWith({ text: "look", calls: [shell(command)] }, "done")
  const session = await openSession(goose())
  const request = await session.ask("go")
  await session.decide(await session.permission("call_1"), "allow_once")
  await expect.poll(() => existsSync(place("begun"))).toBe(true)
  await session.cancel()
  expect((await session.answered(request)).result).toMatchObject({ stopReason: "cancelled" })
  const updates = updatesOf(session.stream.messages)
  expect(updates.filter(({ toolCallId }) => toolCallId).map(({ sessionUpdate }) => sessionUpdate)).toEqual([
    "tool_call",
  ])
  const stored = await loadedUpdates(goose(), session.id)
  expect(stored.map(({ sessionUpdate }) => sessionUpdate)).toEqual(["user_message_chunk"])
})

test.each([{ outcome: "cancelled" }, "allow_once"])(
  "under a permission it is deaf until that is answered, with %o",
  async (outcome) => {
    goose().provider.replyWith({ text: "look", calls: [shell(`touch ${place("never")}`), shell("echo")] }, "done")
    const session = await openSession(goose())
    const request = await session.ask("go")
    const permission = await session.permission("call_1")
    for (let attempt = 0; attempt < 5; attempt++) {
      await session.cancel()
      const refused = await session.answered(await session.ask("something else"))
      expect(refused.error?.code).toBe(-32602)
    }
    const before = session.stream.messages.length
    await session.decide(permission, outcome)
    expect((await session.answered(request)).result).toMatchObject({ stopReason: "cancelled" })
    // Neither is the second one asked for, nor does any of them end.
    const kinds = session.stream.messages
      .slice(before)
      .map(({ method, params }) => (method ? JSON.stringify(params) : ""))
    expect(kinds.filter((text) => text.includes("toolCall"))).toEqual([])
    expect(existsSync(place("never"))).toBe(false)
    expect((await session.run("go on")).answer.result).toMatchObject({ stopReason: "end_turn" })
  },
)

test("where nothing runs, and for a session that there is not, it is ignored", async () => {
  goose().provider.replyWith("one")
  const session = await openSession(goose())
  await session.cancel()
  const unknown = await session.connection.send({ method: "session/cancel", params: { sessionId: "unknown" } })
  expect(unknown.status).toBe(202)
  expect((await session.run("go")).answer.result).toMatchObject({ stopReason: "end_turn" })
})

/** A run that has said two of three words, and waits for its provider. */
async function cutAfterTwo() {
  goose().provider.hold()
  goose().provider.replyWith("one two three")
  const session = await openSession(goose())
  const request = await session.ask("go")
  goose().provider.release(2)
  await session.stream.next((message) => said(updatesOf([message])) === " two")
  return { session, request }
}
