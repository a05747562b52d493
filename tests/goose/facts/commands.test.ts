import { beforeAll, expect, test } from "vitest"
import { loadedUpdates, openSession, said } from "#tests/support/goose/acp-session.ts"
import { useGoose } from "#tests/support/goose/goose-of-run.ts"

const { goose } = useGoose()
beforeAll(() => {
  goose().provider.replyWith("one")
})

const text = (content: string) => ({ type: "text", text: content })

test.each(["/status", "  /status"])("%o is carried out, and no model is asked", async (command) => {
  const session = await openSession(goose())
  const { updates, calls } = await counted(session, command)
  expect(calls).toBe(0)
  expect(said(updates, "user_message_chunk")).toBe(command)
  expect(said(updates)).toContain("Session status")
})

test.each([
  ["two blocks, of which the second begins with a slash", [text("The user says:"), text("/status")]],
  ["an unknown command", [text("/nosuch thing")]],
])("%s: the model is asked", async (_, prompt) => {
  const session = await openSession(goose())
  const { updates, calls } = await counted(session, prompt)
  expect(calls).toBe(1)
  expect(said(updates)).toBe("one")
  expect(goose().provider.calls.at(-1)?.question).toContain(prompt.map((block) => block.text).join("\n"))
})

test("/clear empties the session for good", async () => {
  const session = await openSession(goose())
  await session.run("remember this")
  const { updates } = await counted(session, "/clear")
  expect(said(updates)).toBe("Conversation cleared")
  expect(said(await loadedUpdates(goose(), session.id), "user_message_chunk")).toBe("/clear")
  await session.run("what was it?")
  expect(JSON.stringify(goose().provider.calls.at(-1)?.body.messages)).not.toContain("remember this")
})

test("an empty prompt asks no model, and has the usage of the one before", async () => {
  const session = await openSession(goose())
  await session.run("good")
  const { answer, calls } = await counted(session, [])
  expect(calls).toBe(0)
  expect(answer.result).toEqual({
    stopReason: "end_turn",
    usage: { totalTokens: 101, inputTokens: 100, outputTokens: 1 },
  })
})

test("a text resource is given to the model; of an image, where it sees none, only that it was there", async () => {
  const session = await openSession(goose())
  await session.run([
    text("look"),
    { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" },
    { type: "resource", resource: { uri: "file:///a.txt", mimeType: "text/plain", text: "content of it" } },
  ])
  const question = goose().provider.calls.at(-1)?.question
  expect(question).toContain("look\n[image omitted: model does not support vision]\n")
  expect(question).toContain("--- Resource: file:///a.txt ---\ncontent of it\n---\n")
})

test("the mode and the model can be set, and an unknown mode is refused", async () => {
  const session = await openSession(goose())
  const place = { cwd: goose().workDir, mcpServers: [] }
  expect((await session.request("session/set_mode", { modeId: "auto" })).result).toEqual({})
  expect((await session.request("session/load", place)).result).toMatchObject({ modes: { currentModeId: "auto" } })
  const refused = await session.request("session/set_mode", { modeId: "nosuch" })
  expect(refused.error).toEqual({ code: -32602, message: "Invalid params", data: "Invalid mode: nosuch" })
  await session.request("session/set_config_option", { configId: "model", value: "other-model" })
  await session.run("go")
  expect(goose().provider.calls.at(-1)?.body.model).toBe("other-model")
})

test("a new session has the mode that Goose was started with, and its tools' success", async () => {
  const session = await openSession(goose())
  const created = session.connection.stream.messages.find(({ result }) => result)
  expect(created?.result).toMatchObject({
    sessionId: expect.stringMatching(/^\d{8}_\d+$/),
    modes: { currentModeId: "approve" },
    _meta: { extensionResults: expect.any(Array), workingDir: goose().workDir },
  })
})

test("methods that it has not are not found", async () => {
  const session = await openSession(goose())
  for (const method of ["session/resume", "session/set_model", "session/nosuch"]) {
    expect((await session.request(method, { modelId: "x", cwd: goose().workDir, mcpServers: [] })).error?.code).toBe(
      -32601,
    )
  }
})

type Session = Awaited<ReturnType<typeof openSession>>

async function counted(session: Session, prompt: string | object[]) {
  const before = goose().provider.calls.length
  const { updates, answer } = await session.run(prompt)
  return { updates, answer, calls: goose().provider.calls.length - before }
}
