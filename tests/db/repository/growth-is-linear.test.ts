/** What a growing answer writes to Postgres's log rises with its length, not with its square. */
import { expect, onTestFinished, test } from "vitest"
import { migrateDatabase, openDatabase } from "#db/client.ts"
import type { Db } from "#db/db.ts"
import { rowsOf } from "#db/db.ts"
import { type ChatRepository, chatRepository } from "#db/repository/chat-repository.ts"
import { eventId } from "#lib/chat-protocol.ts"
import { pieceCutter } from "#lib/generation/storing/piece-cutter.ts"
import { startOwnPostgres } from "#tests/support/databases/own-postgres.ts"
import { endOf, newUser, turn } from "#tests/support/databases/turns.ts"

const charsPerSave = 200

test("an answer of 100,000 characters writes at most 4 bytes each, as one of 2,000 does while it grows", async () => {
  const postgres = await startOwnPostgres()
  onTestFinished(() => postgres.remove())
  const options = { database: { kind: "postgres" as const, url: postgres.url } }
  await migrateDatabase(options)
  const { db, close } = await openDatabase(options)
  onTestFinished(close)
  const repository = chatRepository(db)
  const userId = await newUser(db)
  const short = await bytesPerChar(db, repository, userId, 2_000)
  const long = await bytesPerChar(db, repository, userId, 100_000)
  expect(long.growth / short.growth).toBeLessThan(1.3)
  expect(long.whole).toBeLessThan(4)
})

async function bytesPerChar(db: Db, repository: ChatRepository, userId: string, chars: number) {
  const running = turn(userId)
  await repository.turns.register(running)
  const begunAt = await writtenBytes(db)
  const cutter = pieceCutter()
  let text = ""
  cutter.add({ id: eventId(1, 1), chunk: { type: "text-start", id: "txt-0" } })
  while (text.length < chars) {
    const delta = pseudoWords(text.length, charsPerSave)
    text += delta
    cutter.add({ id: eventId(1, 2), chunk: { type: "text-delta", id: "txt-0", delta } })
    const save = cutter.next()
    if (save) await repository.streams.saveGrowing(running.streamId, 1, save)
    cutter.confirm()
  }
  const growth = (await writtenBytes(db)) - begunAt
  await repository.streams.end({ ...endOf(running), parts: [{ type: "text", text }] })
  return { growth: growth / chars, whole: ((await writtenBytes(db)) - begunAt) / chars }
}

/** Makes text that Postgres cannot compress much, always the same. */
function pseudoWords(seed: number, chars: number): string {
  let words = ""
  for (let state = seed + 1; words.length < chars; ) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5
    words += `${(state >>> 0).toString(36)} `
  }
  return words.slice(0, chars)
}

async function writtenBytes(db: Db): Promise<number> {
  const [row] = rowsOf<{ bytes: string }>(await db.execute("select pg_current_wal_insert_lsn() - '0/0' as bytes"))
  return Number(row?.bytes)
}
