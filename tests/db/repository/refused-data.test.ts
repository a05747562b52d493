/** D1: data that the database refuses is told apart from a database that is away. */
import { randomUUID } from "node:crypto"
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { UIMessageChunk } from "ai"
import { eq, sql } from "drizzle-orm"
import { expect, onTestFinished, test, vi } from "vitest"
import { isDataRefused, isUnavailable } from "#db/failures.ts"
import { acceptedRows } from "#db/repository/accepted-rows.ts"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { spooledEndings } from "#db/repository/spooled-endings.ts"
import type { EndedGeneration } from "#db/repository/turns/end-generation.ts"
import { charge, chatStream, source } from "#db/schema.ts"
import { describeEachNewDatabase, type TestDatabase } from "#tests/support/databases/databases.ts"
import { endOf, newUser, text, turn } from "#tests/support/databases/turns.ts"

describeEachNewDatabase(
  "D1 an answer that the database refuses",
  (open) => {
    const hostile: [name: string, change: (ended: EndedGeneration) => EndedGeneration, place: RegExp][] = [
      ["for a count", (ended) => withUsage(ended, { outputTokens: 20.5 }), /usage\.outputTokens/],
      ["for a count beyond all numbers", (ended) => withUsage(ended, { inputTokens: 1e300 }), /usage\.inputTokens/],
      ["for a count that is none", (ended) => withUsage(ended, { cachedInputTokens: Number.NaN }), /cachedInputTokens/],
      ["for what a part holds", (ended) => ({ ...ended, parts: [text("done\0\uD800")] }), /parts\[0\]\.text/],
      ["for its metadata", (ended) => ({ ...ended, metadata: { model: "te\0st" } }), /metadata\.model/],
      [
        "for a source",
        (ended) => ({ ...ended, sources: [{ url: "https://a.example/\0", title: "\0" }] }),
        /sources\[0\]\.url/,
      ],
      [
        "since it cannot be written as JSON",
        (ended) => ({ ...ended, parts: [text("done"), odd({ big: 10n })] }),
        /big/,
      ],
      ["since it refers to itself", (ended) => ({ ...ended, parts: [text("done"), odd(roundValue())] }), /self/],
    ]

    test("is stored without the refused field and charged once; its chat goes on, and the log names the field", async () => {
      const { db } = await open()
      const userId = await newUser(db)
      for (const [name, change, place] of hostile) {
        const onProblem = vi.fn()
        const repository = acceptedRows(chatRepository(db), onProblem)
        const asked = turn(userId)
        await repository.turns.register(asked)
        expect(await repository.streams.end(change(endOf(asked))), name).toBe(true)
        expect(onProblem, name).toHaveBeenCalledOnce()
        expect(String(onProblem.mock.lastCall?.[0]?.message), name).toMatch(place)
        const stored = await repository.messages.find(asked.answer.id)
        expect(stored?.metadata?.status, name).toBe("COMPLETE")
        expect(stored?.parts[0], name).toMatchObject({ text: expect.stringMatching(/^done/) })
        expect(await db.select().from(charge).where(eq(charge.streamId, asked.streamId)), name).toHaveLength(1)
        const next = await repository.turns.register(turn(userId, { chatId: asked.chatId }))
        expect(next.kind, name).toBe("registered")
      }
    })

    test("is stored as text only if nothing else is accepted, and so is the growing save", async () => {
      const { db } = await open()
      const userId = await newUser(db)
      const plain = chatRepository(db)
      // Everything but text is refused, with an unexpected error.
      await db.execute(sql`alter table "Message" add constraint odd check (parts::text not like '%tool-%')`)
      await db.execute(sql`alter table "MessagePiece" add constraint odd check (chunks::text not like '%tool-%')`)
      const onProblem = vi.fn()
      const repository = acceptedRows(plain, onProblem)
      const asked = turn(userId)
      await repository.turns.register(asked)
      const parts = [text("done"), odd({})]
      const chunks: UIMessageChunk[] = [
        { type: "text-start", id: "t" },
        { type: "text-delta", id: "t", delta: "done" },
        { type: "tool-input-available", toolCallId: "tool-1", toolName: "odd", input: {} },
      ]
      const save = { pieces: [{ number: 1, chunks }], replaces: undefined, isRepeated: false }
      expect(await repository.streams.saveGrowing(asked.streamId, 1, save)).toEqual({ isStopRequested: false })
      expect((await repository.messages.find(asked.answer.id))?.parts).toMatchObject([text("done")])
      expect(await repository.streams.end({ ...endOf(asked), parts })).toBe(true)
      expect((await repository.messages.find(asked.answer.id))?.parts).toMatchObject([text("done")])
      expect(await db.select().from(charge)).toMatchObject([{ credits: 30 }])
    })

    test("a dead stream of two months ago can be claimed, so that its chat does not stay busy", async () => {
      const { db } = await open()
      const userId = await newUser(db)
      const repository = chatRepository(db)
      const asked = turn(userId)
      await repository.turns.register(asked)
      await db.update(chatStream).set({
        createdAt: sql`now() - interval '60 days'`,
        leaseExpiresAt: sql`now() - interval '60 days'`,
      })
      const claimed = await repository.streams.claimDead({ streamId: asked.streamId, leaseMs: 10_000, maxEpoch: 3 })
      expect(claimed).toMatchObject({ epoch: 2, disposition: "goes-on", runningMs: 2 ** 31 - 1 })
    })

    test("an end that an older version spooled with fractional counts is stored", async () => {
      const { db } = await open()
      const { repository, asked, folder, onProblem } = await keptEnding(db, { outputTokens: 20.5, inputTokens: null })
      await repository.storeSpooled(new AbortController().signal)
      expect((await repository.messages.find(asked.answer.id))?.parts).toMatchObject([text("done")])
      expect(await db.select().from(charge)).toMatchObject([{ inputTokens: 0, outputTokens: 21, estimated: true }])
      expect(await db.select().from(source)).toHaveLength(0)
      expect(await readdir(folder)).toEqual([])
      expect(onProblem).toHaveBeenCalledOnce()
    })

    test("an end that is refused in every form stays on disk, and the model is not asked again", async () => {
      const { db } = await open()
      const { repository, asked, folder } = await keptEnding(db, {})
      await db.execute(sql`alter table "Charge" rename to "Gone"`)
      await repository.storeSpooled(AbortSignal.abort())
      await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 minute'` })
      await expect(
        repository.streams.claimDead({ streamId: asked.streamId, leaseMs: 10_000, maxEpoch: 3 }),
      ).rejects.toThrow()
      expect((await repository.streams.find(asked.streamId))?.epoch).toBe(1)
      expect(await readdir(folder)).toHaveLength(1)
      await db.execute(sql`alter table "Gone" rename to "Charge"`)
      expect(
        await repository.streams.claimDead({ streamId: asked.streamId, leaseMs: 10_000, maxEpoch: 3 }),
      ).toBeUndefined()
      expect((await repository.messages.find(asked.answer.id))?.metadata?.status).toBe("COMPLETE")
    })
  },
  ["pglite", "postgres"],
)

test("D1 errors in the data and outages are told apart", () => {
  const failing = (code: string) => new Error("Failed query", { cause: Object.assign(new Error("no"), { code }) })
  for (const code of ["22P02", "22003", "22021", "22P05", "23502", "23514", "42804", "54000", "54001"]) {
    expect(isDataRefused(failing(code)), code).toBe(true)
    expect(isUnavailable(failing(code)), code).toBe(false)
  }
  for (const code of ["08006", "53300", "57P03", "25006", "55P03", "58030", "ECONNREFUSED", "EPIPE"]) {
    expect(isDataRefused(failing(code)), code).toBe(false)
    expect(isUnavailable(failing(code)), code).toBe(true)
  }
  for (const code of ["42501", "42P01", "40001", "XX000"]) expect(isDataRefused(failing(code)), code).toBe(false)
})

async function keptEnding(db: TestDatabase["db"], usage: object) {
  const folder = await mkdtemp(path.join(tmpdir(), "endings-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const onProblem = vi.fn()
  const repository = spooledEndings(acceptedRows(chatRepository(db), onProblem), { folder, onProblem })
  const asked = turn(await newUser(db))
  await repository.turns.register(asked)
  const ended = endOf(asked)
  const charged = { ...ended.charge, usage: { ...ended.charge.usage, ...usage } }
  await writeFile(path.join(folder, `${asked.streamId}.json`), JSON.stringify({ ...ended, charge: charged }))
  return { repository, asked, folder, onProblem }
}

function withUsage(ended: EndedGeneration, counts: object): EndedGeneration {
  return { ...ended, charge: { ...ended.charge, usage: { ...ended.charge.usage, ...counts } } }
}

function odd(output: object) {
  return {
    type: "dynamic-tool" as const,
    toolName: "odd",
    toolCallId: `tool-${randomUUID()}`,
    state: "output-available" as const,
    input: {},
    output,
  }
}

function roundValue(): object {
  const value: Record<string, unknown> = {}
  value["self"] = value
  return value
}
