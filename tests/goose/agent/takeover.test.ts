import { randomUUID } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { afterEach, beforeEach, expect, test } from "vitest"
import { markerOf } from "#lib/models/goose/load-turn.ts"
import { openPeer } from "#lib/models/goose/peer.ts"
import { goosePrompt } from "#lib/models/goose/prompt.ts"
import { chatFolder, newSession } from "#lib/models/goose/session.ts"
import type { AcpMessage } from "#lib/models/goose/shapes.ts"
import { startAgents } from "#tests/support/goose/agent-answers.ts"
import { useGoose } from "#tests/support/goose/goose-of-run.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"
import { errorCodeOf } from "#tests/support/goose/stream-parts.ts"

type Part = LanguageModelV4StreamPart

const { goose, calls } = useGoose()
let agents: ReturnType<typeof startAgents>
beforeEach(() => {
  agents = startAgents(goose())
})
afterEach(() => agents.close())

const isDelta = (part: Part) => part.type === "text-delta"
const isPreliminary = (part: Part) => part.type === "tool-result" && part.preliminary === true

/** Ends the reading at this text, once everything before it has been read, as the provider holds back what follows. */
function atDelta(count: number) {
  let deltas = 0
  return { when: (part: Part) => isDelta(part) && ++deltas === count, as: "handed-over" as const }
}

test("a process that ends in the middle of a text is replaced by one that goes on with the next word", async () => {
  goose().provider.hold()
  goose().provider.release(3)
  goose().provider.replyWith("one two three four five six")
  const first = await agents.ask(agents.agent(), "go", { endAt: atDelta(3) })
  expect(first.text).toBe("one two three")
  goose().provider.release()
  const second = await agents.ask(agents.agent(), "go", { joins: first })
  expect(second.shown).toMatchObject([{ type: "text", text: "one two three four five six", state: "done" }])
  expect(await second.answer.corrections(second.shown)).toEqual([])
  expect(calls()).toHaveLength(1)
})

test("what nobody read for a while is all there", async () => {
  const words = Array.from({ length: 300 }, (_, index) => `w${index} `)
  goose().provider.hold()
  goose().provider.release(1)
  goose().provider.replyWith({ text: words })
  const first = await agents.ask(agents.agent(), "go", { endAt: atDelta(1) })
  goose().provider.release()
  const [call] = calls()
  if (call) await goose().provider.ended(call)
  const second = await agents.ask(agents.agent(), "go", { joins: first })
  expect(second.text).toBe(words.join(""))
  expect(second.parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "stop" } })
})

test("a tool that runs while its process ends runs once, and its result is shown", async () => {
  const command = "echo ran >> ran.txt; echo begun; while ! test -e go; do sleep 0.05; done; echo ended"
  goose().provider.replyWith({ calls: [shell(command)] }, "done")
  const waiting = await agents.ask(agents.agent(), "go")
  const running = await agents.ask(agents.agent(), "go", {
    joins: { ...waiting, decision: true },
    endAt: { when: isPreliminary, as: "handed-over" },
  })
  expect(running.shown).toMatchObject([{ output: { stdout: "begun\n" }, preliminary: true }])
  const cwd = agents.runs.rows.get(running.streamId)?.run.cwd ?? ""
  await writeFile(path.join(cwd, "go"), "")
  const second = await agents.ask(agents.agent(), "go", { joins: running })
  expect(second.shown).toMatchObject([{ output: { stdout: "begun\nended", exit_code: 0 } }, { text: "done" }])
  expect(await readFile(path.join(cwd, "ran.txt"), "utf8")).toBe("ran\n")
})

test("a process that ends under an open permission is asked again by the next one", async () => {
  goose().provider.replyWith({ calls: [shell("echo ran")] }, "done")
  const first = await agents.ask(agents.agent(), "go")
  const again = await agents.ask(agents.agent(), "go", { joins: first })
  expect(again.shown).toEqual(first.shown)
  const second = await agents.ask(agents.agent(), "go", { joins: { ...again, decision: true } })
  expect(second.shown).toMatchObject([{ output: { stdout: "ran" } }, { text: "done" }])
})

test("an answer that nobody has read a word of is read by the next process, and asked for once", async () => {
  goose().provider.replyWith("one two")
  const first = await agents.ask(agents.agent(), "go", {
    endAt: { when: (part) => part.type === "stream-start", as: "handed-over" },
  })
  await expect.poll(calls).toHaveLength(1)
  const second = await agents.ask(agents.agent(), "go", { joins: { ...first, parts: [] } })
  expect(second.text).toBe("one two")
  expect(calls()).toHaveLength(1)
})

test("a prompt that was stored as sent and never reached Goose is sent by the next process, once", async () => {
  goose().provider.replyWith("one two")
  const settings = { url: goose().url, secret: goose().secret, workDir: goose().workDir }
  const peer = await openPeer(settings)
  const session = await newSession(peer, await chatFolder(goose().workDir, agents.chatId))
  const streamId = randomUUID()
  agents.runs.add(streamId, agents.chatId)
  await agents.runs.save({ streamId, epoch: 1 }, { ...session, connectionId: peer.id, promptId: streamId })
  peer.leave()
  const { text } = await agents.ask(agents.agent(), "go", { joins: { streamId, parts: [] } })
  expect(text).toBe("one two")
  expect(calls()).toHaveLength(1)
})

test("an answer that went to a process which died with it is read from what Goose has stored", async () => {
  goose().provider.replyWith("one two")
  const settings = { url: goose().url, secret: goose().secret, workDir: goose().workDir }
  const peer = await openPeer(settings)
  const session = await newSession(peer, await chatFolder(goose().workDir, agents.chatId))
  const streamId = randomUUID()
  const run = { ...session, connectionId: peer.id, promptId: streamId }
  agents.runs.add(streamId, agents.chatId)
  await agents.runs.save({ streamId, epoch: 1 }, run)
  const { blocks } = goosePrompt([{ role: "user", content: [{ type: "text", text: "go" }] }], {
    marker: markerOf(run),
    isNew: true,
    takesImages: false,
  })
  await peer.send(streamId, "session/prompt", { sessionId: run.sessionId, prompt: blocks })
  let message: AcpMessage = {}
  while (message.id !== streamId) {
    const next = await peer.next({ signal: AbortSignal.timeout(30_000), quietMs: 30_000 })
    message = typeof next === "object" ? next.message : {}
  }
  peer.leave()
  const { text, parts } = await agents.ask(agents.agent(), "go", { joins: { streamId, parts: [] } })
  expect(text).toBe("one two")
  expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "stop" } })
  expect(calls()).toHaveLength(1)
})

test("a whole answer whose process ended before it was stored is not lost", async () => {
  goose().provider.replyWith("one two three")
  const first = await agents.ask(agents.agent(), "go")
  const second = await agents.ask(agents.agent(), "go", { joins: first })
  expect(second.text).toBe("one two three")
  expect(second.parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "stop" } })
  expect(await second.answer.corrections(second.shown)).toEqual([])
  expect(calls()).toHaveLength(1)
})

test("a run whose Goose was killed ends as disconnected, with what was shown", async () => {
  goose().provider.hold()
  goose().provider.release(2)
  goose().provider.replyWith("one two three")
  const first = await agents.ask(agents.agent(), "go", { endAt: atDelta(2) })
  await goose().restart()
  const others = startAgents(goose())
  const { streamId } = first
  const run = agents.runs.rows.get(streamId)?.run
  if (!run) throw new Error("the run was stored")
  others.runs.add(streamId, others.chatId)
  await others.runs.save({ streamId, epoch: 1 }, run)
  const second = await others.ask(others.agent(), "go", { joins: first })
  expect(second.text).toBe("one two")
  expect(errorCodeOf(second.parts.at(-1) ?? {})).toBe("agent_disconnected")
  await others.close()
})
