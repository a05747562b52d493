import { expect, test } from "vitest"
import { openSession, said, updatesOf } from "./acp-session.ts"
import { startGoose } from "./start-goose.ts"

test("on request it loses the message that follows a reader's end, as the real one may", async () => {
  const goose = await startGoose({ environment: { FAKE_GOOSE_LOSES_ONE_AT_CUT: "true" } })
  try {
    goose.provider.hold()
    goose.provider.replyWith("one two three four")
    const session = await openSession(goose)
    const request = await session.ask("go")
    goose.provider.release(2)
    await session.stream.next((message) => said(updatesOf([message])) === " two")
    await session.stream.drop()
    goose.provider.release()
    const call = goose.provider.calls.at(-1) ?? expect.unreachable()
    await goose.provider.ended(call)
    const stream = await session.reopen()
    await session.answered(request)
    expect(said(updatesOf(stream.messages))).toBe(" four")
  } finally {
    await goose.stop()
  }
})

test("on request a run is deaf for longer, so that a cancel that comes early is lost", async () => {
  const goose = await startGoose({ environment: { FAKE_GOOSE_DEAF_MS: "500" } })
  try {
    goose.provider.replyWith("one")
    const session = await openSession(goose)
    const request = await session.ask("go")
    await session.cancel()
    expect((await session.answered(request)).result).toMatchObject({ stopReason: "end_turn" })
  } finally {
    await goose.stop()
  }
})
