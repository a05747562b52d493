import { expect, test } from "vitest"
import { kindsOf, openSession, said, textOf, updatesOf } from "#tests/support/goose/acp-session.ts"
import { startGooseOfRun, useGoose } from "#tests/support/goose/goose-of-run.ts"

const { goose } = useGoose()

test("a run begins with its id and ends with none, a gauge and the answer", async () => {
  goose().provider.replyWith("one two")
  const session = await openSession(goose())
  await session.run("first")
  const { updates, answer } = await session.run("second")
  expect(kindsOf(updates)).toEqual([
    "session_info_update",
    "agent_message_chunk",
    "session_info_update",
    "usage_update",
  ])
  expect(updates[0]?._meta).toEqual({ goose: { activeRunId: expect.stringMatching(/^run_/) } })
  expect(updates.at(-2)?._meta).toEqual({ goose: { activeRunId: null } })
  expect(updates.at(-1)).toMatchObject({ used: 102, size: 128_000 })
  expect(answer.result).toEqual({
    stopReason: "end_turn",
    usage: { totalTokens: 102, inputTokens: 100, outputTokens: 2 },
  })
})

test("each delta of the provider is one update, as it came", async () => {
  const deltas = Array.from({ length: 200 }, (_, index) => `w${index} `)
  const awkward = ["\u0000", "\r", "👩", "\u200d", "💻", "\u2028"]
  goose().provider.replyWith({ text: [...deltas, ...awkward] })
  const { updates } = await (await openSession(goose())).run("go")
  const chunks = updates.filter(({ sessionUpdate }) => sessionUpdate === "agent_message_chunk")
  expect(chunks.map(textOf)).toEqual([...deltas, ...awkward])
})

test("deltas are told while the provider still speaks", async () => {
  goose().provider.hold()
  goose().provider.replyWith("one two three")
  const session = await openSession(goose())
  const request = await session.ask("go")
  goose().provider.release(2)
  await session.stream.next((message) => said(updatesOf([message])) === " two")
  goose().provider.release()
  expect((await session.answered(request)).result).toMatchObject({ stopReason: "end_turn" })
})

test("text has the id of the provider's completion, and thoughts have the same", async () => {
  goose().provider.replyWith({ thoughts: "hm well", text: "one two" })
  const { updates } = await (await openSession(goose())).run("go")
  expect(kindsOf(updates).slice(-4, -2)).toEqual(["agent_thought_chunk", "agent_message_chunk"])
  expect(said(updates, "agent_thought_chunk")).toBe("hm well")
  const ids = new Set(updates.flatMap(({ messageId }) => messageId ?? []))
  expect([...ids]).toEqual([expect.stringMatching(/^chatcmpl-\d+$/)])
})

test("thoughts between tags are cut out of the text and come whole, after it", async () => {
  goose().provider.replyWith("<think>inner</think>seen <think>more</think>text")
  const { updates } = await (await openSession(goose())).run("go")
  expect(updates.filter(({ sessionUpdate }) => sessionUpdate.endsWith("_chunk")).map(textOf)).toEqual([
    "seen",
    " text",
    "innermore",
  ])
})

test("a title comes whenever it is done, also after the answer", async () => {
  const named = await startGooseOfRun({ environment: { GOOSE_DISABLE_SESSION_NAMING: "false" } })
  try {
    named.provider.replyWith("one")
    named.provider.holdTitles()
    const session = await openSession(named)
    const { answer } = await session.run("what is this?")
    named.provider.releaseTitles()
    const titled = await session.stream.next((message) => updatesOf([message])[0]?.title !== undefined)
    expect(session.stream.messages.indexOf(titled)).toBeGreaterThan(session.stream.messages.indexOf(answer))
    expect(updatesOf([titled])[0]).toMatchObject({ sessionUpdate: "session_info_update", title: "A title" })
    expect(named.provider.calls).toHaveLength(1)
    expect(named.provider.titleCalls).toHaveLength(1)
  } finally {
    await named.stop()
  }
})
