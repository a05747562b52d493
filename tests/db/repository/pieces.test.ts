/** A growing answer is appended in pieces; every reader gets it whole, and its end leaves none. */
import type { UIMessageChunk } from "ai"
import { eq, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { charge, chatStream, message, messagePiece } from "#db/schema.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { endOf, grow, growing, newUser, text, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("an answer that grows", (open) => {
  async function begun() {
    const { db } = await open()
    const repository = chatRepository(db)
    const userId = await newUser(db)
    const running = turn(userId)
    expect(await repository.turns.register(running)).toMatchObject({ kind: "registered" })
    const die = () => db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    return { db, repository, userId, running, die }
  }

  test("is read whole by every reader, though its own row stays as it was", async () => {
    const { db, repository, userId, running, die } = await begun()
    await grow(repository, running, "The grey ")
    await grow(repository, running, "peli", { number: 2 })
    await grow(repository, running, "can", { number: 3 })
    const parts = [growing("The grey pelican")]
    expect(await repository.messages.find(running.answer.id)).toMatchObject({
      parts,
      metadata: { status: "STREAMING" },
    })
    expect((await repository.messages.list(running.chatId, userId))?.at(-1)).toMatchObject({ parts })
    expect((await repository.chats.search({ userId, text: "Pelican", limit: 5 })).chats).toMatchObject([
      { id: running.chatId, snippet: { hit: "pelican" } },
    ])
    expect((await repository.chats.search({ userId, text: "heron", limit: 5 })).chats).toEqual([])
    expect(await repository.turns.listRunning(5)).toMatchObject([{ chars: 16 }])
    expect(await db.select({ parts: message.parts }).from(message).where(eq(message.id, running.answer.id))).toEqual([
      { parts: [] },
    ])
    await die()
    expect(
      await repository.streams.claimDead({ streamId: running.streamId, leaseMs: 10_000, maxEpoch: 3 }),
    ).toMatchObject({ message: { parts } })
  })

  test("has each piece once, however often it is saved", async () => {
    const { repository, running } = await begun()
    await grow(repository, running, "one")
    await grow(repository, running, " two", { number: 2 })
    expect(await grow(repository, running, "one", { isRepeated: true })).toEqual({ isStopRequested: false })
    expect(await grow(repository, running, " two", { number: 2, isRepeated: true })).toEqual({ isStopRequested: false })
    expect((await repository.messages.find(running.answer.id))?.parts).toEqual([growing("one two")])
  })

  test("leaves out a piece that another replaces", async () => {
    const { db, repository, running } = await begun()
    await grow(repository, running, "one")
    const output = (value: number): UIMessageChunk[] => [
      { type: "tool-input-available", toolCallId: "c", toolName: "shell", input: {} },
      { type: "tool-output-available", toolCallId: "c", output: value, preliminary: true },
    ]
    const { saveGrowing } = repository.streams
    const save = (number: number, value: number, replaces?: number) =>
      saveGrowing(running.streamId, 1, { pieces: [{ number, chunks: output(value) }], replaces, isRepeated: false })
    await save(2, 1)
    await save(3, 2, 2)
    expect(await db.select({ number: messagePiece.number }).from(messagePiece).orderBy(messagePiece.number)).toEqual([
      { number: 1 },
      { number: 3 },
    ])
    expect((await repository.messages.find(running.answer.id))?.parts).toMatchObject([growing("one"), { output: 2 }])
  })

  test("is whole while another process takes it over, and then as that one appends it", async () => {
    const { repository, running, die } = await begun()
    await grow(repository, running, "one")
    await grow(repository, running, " two", { number: 2 })
    await die()
    await repository.streams.claimDead({ streamId: running.streamId, leaseMs: 10_000, maxEpoch: 3 })
    const shown = async () => (await repository.messages.find(running.answer.id))?.parts
    expect(await shown()).toEqual([growing("one two")])
    expect(await grow(repository, running, " late", { number: 3 })).toBeUndefined()
    await grow(repository, running, "one two three", { epoch: 2 })
    expect(await shown()).toEqual([growing("one two three")])
  })

  test("is read from its row if an earlier version took it over, which rewrites that", async () => {
    const { db, repository, running, die } = await begun()
    await grow(repository, running, "one")
    await die()
    await repository.streams.claimDead({ streamId: running.streamId, leaseMs: 10_000, maxEpoch: 3 })
    const parts = [growing("one two, by an earlier version")]
    await db.update(message).set({ parts }).where(eq(message.id, running.answer.id))
    expect((await repository.messages.find(running.answer.id))?.parts).toEqual(parts)
  })

  test("leaves no piece behind when it ends, and none when its chat is deleted", async () => {
    const { db, repository, userId, running } = await begun()
    const other = turn(userId)
    await repository.turns.register(other)
    for (const each of [running, other]) await grow(repository, each, "y".repeat(400))
    await repository.streams.end(endOf(running))
    expect((await repository.messages.find(running.answer.id))?.parts).toEqual([text("done")])
    expect((await db.select().from(messagePiece)).map(({ streamId }) => streamId)).toEqual([other.streamId])
    await repository.chats.delete(other.chatId, userId)
    expect(await db.select().from(messagePiece)).toEqual([])
    const [bill] = await db.select().from(charge).where(eq(charge.streamId, other.streamId))
    expect(bill?.outputTokens, "the pieces' text was charged").toBeGreaterThanOrEqual(100)
  })
})
