import { expect, test } from "vitest"
import { openSession } from "#tests/support/goose/acp-session.ts"
import { useGoose } from "#tests/support/goose/goose-of-run.ts"

const { goose } = useGoose()

test("a session that was never asked anything is not listed, but its time is told", async () => {
  const session = await openSession(goose())
  const { result } = await session.request("_goose/unstable/session/info")
  expect(result).toMatchObject({
    session: {
      sessionId: session.id,
      cwd: goose().workDir,
      _meta: { messageCount: 0, createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    },
  })
})

test("whether a session runs is told to who wants to add to a run that there is not", async () => {
  const session = await openSession(goose())
  const steer = () =>
    session.request("_goose/unstable/session/steer", {
      expectedRunId: "none",
      prompt: [{ type: "text", text: "Is anybody there?" }],
    })
  expect((await steer()).error).toMatchObject({ code: -32602, data: "no active run to steer" })
  goose().provider.hold()
  const asked = await session.ask("go")
  await goose().provider.called()
  expect((await steer()).error).toMatchObject({
    code: -32602,
    data: { expectedRunId: "none", actualRunId: expect.stringMatching(/^run_/) },
  })
  goose().provider.release()
  await session.answered(asked)
  expect((await steer()).error).toMatchObject({ data: "no active run to steer" })
  expect(goose().provider.calls).toHaveLength(1)
})
