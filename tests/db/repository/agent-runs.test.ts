import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { agentRunRepository } from "#db/repository/agent-run-repository.ts"
import { chatRepository } from "#db/repository/chat-repository.ts"
import type { NewTurn } from "#db/repository/turns/turn.ts"
import type { AgentRun } from "#lib/agent-run.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { continueTurn, endOf, finish, newUser, regenerate, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("the runs of an agent elsewhere", (open) => {
  async function fresh() {
    const { db } = await open()
    const repository = chatRepository(db)
    const runs = agentRunRepository(db)
    const userId = await newUser(db)

    async function begin(asked: NewTurn, run?: AgentRun): Promise<NewTurn> {
      expect(await repository.turns.register(asked)).toMatchObject({ kind: "registered" })
      if (run) expect(await runs.save({ streamId: asked.streamId, epoch: 1 }, run)).toBe(true)
      return asked
    }
    async function answered(asked: NewTurn, run: AgentRun): Promise<NewTurn> {
      await begin(asked, run)
      await finish(repository, asked)
      await runs.close(asked.streamId)
      return asked
    }
    return { repository, runs, userId, begin, answered }
  }

  test("are found by their stream until their connection is closed", async () => {
    const { runs, userId, begin } = await fresh()
    const run = runOf("s1")
    const { streamId, chatId } = await begin(turn(userId))
    expect(await runs.find(streamId)).toBeUndefined()
    expect(await runs.save({ streamId, epoch: 1 }, run)).toBe(true)
    expect(await runs.find(streamId)).toEqual(run)
    expect(await runs.listOpen(chatId)).toEqual([{ streamId, run }])
    expect(await runs.listOpen(chatId, streamId)).toEqual([])
    await runs.close(streamId)
    expect(await runs.find(streamId)).toBeUndefined()
    expect(await runs.listOpen(chatId)).toEqual([])
  })

  test("are not stored for a generation that was replaced or has ended", async () => {
    const { repository, runs, userId, begin } = await fresh()
    const asked = await begin(turn(userId))
    const { streamId } = asked
    expect(await runs.save({ streamId, epoch: 2 }, runOf("s1"))).toBe(false)
    await finish(repository, asked)
    expect(await runs.save({ streamId, epoch: 1 }, runOf("s1"))).toBe(false)
    expect(await runs.find(streamId)).toBeUndefined()
    expect(await runs.save({ streamId: randomUUID(), epoch: 1 }, runOf("s1"))).toBe(false)
  })

  test("are found by the stream that continues their answer, and move to it", async () => {
    const { repository, runs, userId, begin } = await fresh()
    const run = runOf("s1")
    const first = await begin(turn(userId), run)
    await repository.streams.end({ ...endOf(first), status: "STOPPED" })
    const next = await begin(continueTurn(userId, first.chatId, first.answer.id))
    expect(await runs.find(next.streamId)).toEqual(run)
    expect(await runs.listOpen(first.chatId)).toEqual([{ streamId: first.streamId, run }])
    expect(await runs.save({ streamId: next.streamId, epoch: 1 }, run)).toBe(true)
    expect(await runs.listOpen(first.chatId)).toEqual([{ streamId: next.streamId, run }])
    expect(await runs.find(first.streamId)).toBeUndefined()
  })

  test("are not found by a stream that replaces their answer by another one", async () => {
    const { repository, runs, userId, begin } = await fresh()
    const first = await begin(turn(userId), runOf("s1"))
    await finish(repository, first)
    const again = await begin(regenerate(userId, first.chatId, first.answer.id))
    expect(await runs.find(again.streamId)).toBeUndefined()
    expect(await runs.listOpen(first.chatId, again.streamId)).toHaveLength(1)
  })

  test("are listed newest first, and only those of the chat", async () => {
    const { repository, runs, userId, begin } = await fresh()
    const first = await begin(turn(userId), runOf("s1"))
    await finish(repository, first)
    const second = await begin(turn(userId, { chatId: first.chatId }), runOf("s2"))
    await begin(turn(userId), runOf("s3"))
    const listed = await runs.listOpen(first.chatId)
    expect(listed.map(({ run }) => run.sessionId)).toEqual(["s2", "s1"])
    expect(listed[0]?.streamId).toBe(second.streamId)
  })

  test("the next turn finds the run of the answer before it", async () => {
    const { runs, userId, begin, answered } = await fresh()
    const run = runOf("s1")
    const { chatId } = await answered(turn(userId), run)
    const next = await begin(turn(userId, { chatId }))
    expect(await runs.findPrevious(next.streamId)).toEqual(run)
    // Its own run in the same session hides nothing.
    await runs.save({ streamId: next.streamId, epoch: 1 }, runOf("s1"))
    expect(await runs.findPrevious(next.streamId)).toEqual(run)
  })

  test("the first turn of a chat has no run before it, nor has one after an answer that no run wrote", async () => {
    const { repository, runs, userId, begin } = await fresh()
    const first = await begin(turn(userId))
    expect(await runs.findPrevious(first.streamId)).toBeUndefined()
    await finish(repository, first)
    const next = await begin(turn(userId, { chatId: first.chatId }))
    expect(await runs.findPrevious(next.streamId)).toBeUndefined()
  })

  test.each(["ERROR", "STOPPED", "INTERRUPTED"] as const)(
    "an answer that ended as %s is not gone on from",
    async (status) => {
      const { repository, runs, userId, begin } = await fresh()
      const first = await begin(turn(userId), runOf("s1"))
      await repository.streams.end({ ...endOf(first), status })
      const next = await begin(turn(userId, { chatId: first.chatId }))
      expect(await runs.findPrevious(next.streamId)).toBeUndefined()
    },
  )

  test("an answer with a call that nobody decided on is not gone on from", async () => {
    const { repository, runs, userId, begin } = await fresh()
    const first = await begin(turn(userId), runOf("s1"))
    await repository.streams.end({
      ...endOf(first),
      parts: [
        {
          type: "dynamic-tool",
          toolName: "shell",
          toolCallId: "call-1",
          state: "approval-requested",
          input: {},
          approval: { id: "a1" },
        },
      ],
    })
    const next = await begin(turn(userId, { chatId: first.chatId }))
    expect(await runs.findPrevious(next.streamId)).toBeUndefined()
  })

  test("a session that a later stream has used is not used from an earlier place", async () => {
    const { repository, runs, userId, begin, answered } = await fresh()
    const first = await answered(turn(userId), runOf("s1"))
    const second = await answered(turn(userId, { chatId: first.chatId }), runOf("s1"))
    const again = await begin(regenerate(userId, first.chatId, second.answer.id))
    expect(await runs.findPrevious(again.streamId)).toBeUndefined()
    await runs.save({ streamId: again.streamId, epoch: 1 }, runOf("s2"))
    await finish(repository, again)
    const third = await begin(turn(userId, { chatId: first.chatId }))
    expect((await runs.findPrevious(third.streamId))?.sessionId).toBe("s2")
  })

  test("a later session with the same id is another one", async () => {
    const { runs, userId, begin, answered } = await fresh()
    const run = runOf("s1")
    const first = await answered(turn(userId), run)
    const second = await answered(turn(userId, { chatId: first.chatId }), {
      ...runOf("s1"),
      sessionCreatedAt: "2026-11-30T12:00:00Z",
    })
    const again = await begin(regenerate(userId, first.chatId, second.answer.id))
    expect(await runs.findPrevious(again.streamId)).toEqual(run)
  })
})

function runOf(sessionId: string): AgentRun {
  return {
    connectionId: randomUUID(),
    sessionId,
    sessionCreatedAt: "2026-11-30T10:00:00Z",
    cwd: "/srv/chat",
    promptId: randomUUID(),
  }
}
