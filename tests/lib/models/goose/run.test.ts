import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { expect, test, vi } from "vitest"
import { ChatError } from "#lib/errors.ts"
import { messageQueue } from "#lib/models/goose/message-queue.ts"
import { AcpError, type Peer } from "#lib/models/goose/peer.ts"
import { type FollowedRun, followRun } from "#lib/models/goose/run.ts"
import type { AcpMessage } from "#lib/models/goose/shapes.ts"
import { runReader } from "#lib/models/goose/updates.ts"

const run = { connectionId: "c", sessionId: "s", sessionCreatedAt: "", cwd: "/", promptId: "p" }

/** A connection whose messages the test sends. */
function preparedPeer({ reopened = 0, steers = [] as (string | object)[] } = {}) {
  const queue = messageQueue<AcpMessage>()
  const sent: string[] = []
  const peer: Peer = {
    id: "c",
    isDurable: true,
    reopened,
    takesImages: false,
    join: async () => undefined,
    leave: () => undefined,
    close: async () => undefined,
    async request(method) {
      sent.push(method)
      throw new AcpError(method, { code: -32602, data: steers.shift() ?? "no active run to steer" })
    },
    async send(_id, method) {
      sent.push(method)
    },
    respond: async () => undefined,
    next: queue.next,
  }
  return { peer, sent, push: (message: AcpMessage) => void queue.push(message), end: queue.end }
}

function says(text: string): AcpMessage {
  const update = { sessionUpdate: "agent_message_chunk", content: { type: "text", text }, messageId: "chatcmpl-1" }
  return { method: "session/update", params: { sessionId: run.sessionId, update } }
}

const answered: AcpMessage = {
  id: run.promptId,
  result: { stopReason: "end_turn", usage: { totalTokens: 3, inputTokens: 2, outputTokens: 1 } },
}

async function follow(peer: Peer, more: Partial<FollowedRun> = {}) {
  const parts: LanguageModelV4StreamPart[] = []
  const followed: FollowedRun = {
    peer,
    run,
    reader: runReader(run.promptId),
    signal: new AbortController().signal,
    isSecondTurn: false,
    send: async () => undefined,
    load: async () => undefined,
    limits: { silenceMs: 40, doubtMs: 10, lateMs: 10 },
    ...more,
  }
  const error = await (async () => {
    for await (const part of followRun(followed)) parts.push(part)
  })().then(
    () => undefined,
    (failed: unknown) => failed,
  )
  return { parts, code: error instanceof ChatError ? error.code : error }
}

test("a model that hangs ends the answer, though a tool may be silent for as long as it likes", async () => {
  const silent = preparedPeer()
  expect((await follow(silent.peer)).code).toBe("provider_timeout")
  const working = preparedPeer({ reopened: 1, steers: Array.from({ length: 100 }, () => ({ actualRunId: "run_1" })) })
  const update = { sessionUpdate: "tool_call", toolCallId: "1", title: "shell · sleep", rawInput: {} }
  working.push({ method: "session/update", params: { sessionId: run.sessionId, update } })
  const following = follow(working.peer)
  // Each is asked after a silence, and together these are longer than the longest.
  await vi.waitFor(() => expect(working.sent.length).toBeGreaterThan(10))
  working.push(answered)
  expect((await following).code).toBeUndefined()
})

test("a run that is joined and still active is waited for", async () => {
  const { peer, push, sent } = preparedPeer({
    reopened: 1,
    steers: [{ actualRunId: "run_1" }, { actualRunId: "run_1" }],
  })
  const following = follow(peer, { limits: { silenceMs: 60_000, doubtMs: 10, lateMs: 60_000 } })
  await vi.waitFor(() => expect(sent).toHaveLength(3))
  push(says("one"))
  push(answered)
  const { parts, code } = await following
  expect(code).toBeUndefined()
  expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "stop" } })
})

test("a run that nobody joined is not asked about", async () => {
  const { peer, sent } = preparedPeer()
  await follow(peer)
  expect(sent).toEqual([])
})

test("a session that is busy is freed, and the prompt is sent once more", async () => {
  const { peer, push, sent } = preparedPeer({ steers: [{ actualRunId: "run_1" }] })
  const send = vi.fn(async () => push(answered))
  push({ id: run.promptId, error: { code: -32602, data: "session already has active run `run_1`" } })
  push(says("one"))
  await follow(peer, { send })
  expect(sent.filter((method) => method === "session/cancel")).toHaveLength(1)
  expect(send).toHaveBeenCalledTimes(1)
})

test("a prompt that is refused for another reason is not sent again", async () => {
  const { peer, push } = preparedPeer()
  const send = vi.fn(async () => undefined)
  push({ id: run.promptId, error: { code: -32602, data: "no" } })
  expect((await follow(peer, { send })).code).toBe("agent_unavailable")
  expect(send).not.toHaveBeenCalled()
})

test("an answer that is lost and of which Goose has stored nothing ends as disconnected", async () => {
  const { peer } = preparedPeer({ reopened: 1 })
  expect((await follow(peer)).code).toBe("agent_disconnected")
})

test("nothing is read once the reader has left", async () => {
  const { peer, push } = preparedPeer()
  const leaving = new AbortController()
  push(says("one"))
  leaving.abort(new Error("left"))
  const { parts } = await follow(peer, { signal: leaving.signal })
  expect(parts).toEqual([])
})
