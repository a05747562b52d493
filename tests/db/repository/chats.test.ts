import { randomUUID } from "node:crypto"
import { eq, sql } from "drizzle-orm"
import fc from "fast-check"
import { expect, test } from "vitest"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { charge, chat, chatStream, message, user } from "#db/schema.ts"
import { describeEachDatabase } from "#tests/support/databases/databases.ts"
import { askedId, endOf, finish, grow, newUser, text, turn } from "#tests/support/databases/turns.ts"

describeEachDatabase("a user's chats", (open) => {
  async function fresh() {
    const { db } = await open()
    const repository = chatRepository(db)
    const userId = await newUser(db)
    const begin = async (question: string, answer = "done", title = "hello") => {
      const next = { ...turn(userId, { text: question }), title }
      await repository.turns.register(next)
      await repository.streams.end({ ...endOf(next), parts: [text(answer)] })
      return next
    }
    const search = async (words: string) => (await repository.chats.search({ userId, text: words, limit: 10 })).chats
    return { db, repository, userId, begin, search }
  }

  test("chats are listed by their newest turn, page by page, with their running answers", async () => {
    const { repository, userId } = await fresh()
    const turns = []
    for (let index = 0; index < 5; index++) {
      const next = turn(userId)
      turns.push(next)
      await repository.turns.register(next)
      if (index > 0) await finish(repository, next)
    }
    const first = await repository.chats.list(userId, 3)
    const second = await repository.chats.list(userId, 3, first.nextCursor)
    expect([...first.chats, ...second.chats].map((row) => row.id)).toEqual(turns.map((each) => each.chatId).reverse())
    expect(second.nextCursor).toBeUndefined()
    expect(second.chats.map((row) => row.isRunning)).toEqual([false, true])
    const oldest = second.chats[1]
    expect(await repository.chats.findSummary(oldest?.id ?? "", userId)).toEqual(oldest)
    expect(await repository.chats.findSummary(oldest?.id ?? "", randomUUID())).toBeUndefined()
  })

  test("a search finds titles, questions and answers in any case, with the place of the match", async () => {
    const { begin, search } = await fresh()
    const titled = await begin("q", "a", "On Tortoises")
    const asked = await begin(`${"before ".repeat(20)}the tortoise\nasked ${"after ".repeat(40)}`)
    const answered = await begin("q", "A TORTOISE answers")
    await begin("nothing", "of the kind")
    const found = await search("tortoise")
    expect(found.map(({ id }) => id)).toEqual([answered.chatId, asked.chatId, titled.chatId])
    expect(found[0]?.snippet).toEqual({ before: "A ", hit: "TORTOISE", after: " answers" })
    expect(found[1]?.snippet).toEqual({
      before: expect.stringMatching(/^….{5,20}the $/),
      hit: "tortoise",
      after: expect.stringMatching(/^ asked after .{40,80}$/),
    })
    expect(found[2]?.snippet).toBeUndefined()
    expect(found[2]).toEqual({
      id: titled.chatId,
      agent: "assistant",
      title: "On Tortoises",
      updatedAt: expect.stringMatching(/Z$/),
      isRunning: false,
    })
  })

  test("L9 an excerpt contains the match near its beginning, in any script and case", async () => {
    const { begin, search } = await fresh()
    for (const [where, said, wanted, hit] of saidFarInto) {
      const { chatId } = await begin(said)
      const {
        before = "",
        hit: marked,
        after = "",
      } = (await search(wanted)).find(({ id }) => id === chatId)?.snippet ?? {}
      expect(marked, where).toBe(hit)
      expect([...new Intl.Segmenter().segment(before)].length, where).toBeLessThanOrEqual(21)
      expect(said.replace(/\s+/g, " "), where).toContain(`${before.replace("…", "")}${hit}${after}`)
      expect(`${before}${after}`, `${where}: no sign is cut in two`).not.toMatch(/^…?[\u200d\ufe0f]|\u200d$/)
    }
  })

  test("L9 a match at the end of a long title is shown, and a match visible in the title is not repeated", async () => {
    const { begin, search } = await fresh()
    await begin("q", "a", "Pelicans")
    const long = await begin("q", "a", "Everything that anybody ever wanted to know about the grey pelican")
    const found = await search("PELICAN")
    expect(found.find(({ title }) => title === "Pelicans")?.snippet).toBeUndefined()
    expect(found.find(({ id }) => id === long.chatId)?.snippet).toEqual({
      before: "…about the grey ",
      hit: "pelican",
      after: "",
    })
  })

  test("a search sees neither another user's chats nor a branch that is not shown", async () => {
    const { db, repository, userId, begin } = await fresh()
    const mine = await begin("secret question")
    const other = await newUser(db)
    expect((await repository.chats.search({ userId: other, text: "secret", limit: 10 })).chats).toEqual([])
    const edit = turn(userId, { chatId: mine.chatId, replaces: askedId(mine), text: "harmless" })
    await repository.turns.register(edit)
    expect((await repository.chats.search({ userId, text: "secret", limit: 10 })).chats).toEqual([])
    const [found] = (await repository.chats.search({ userId, text: "harmless", limit: 10 })).chats
    expect(found).toMatchObject({ id: mine.chatId, isRunning: true })
  })

  test("a search goes on page by page, even past a page without a match", async () => {
    const { db, repository, userId, begin } = await fresh()
    const oldest = await begin("the needle")
    await db.update(chat).set({ updatedAt: sql`now() - interval '1 day'` })
    await db.insert(chat).values(
      Array.from({ length: 450 }, (_, index) => ({
        id: randomUUID(),
        userId,
        agent: "assistant",
        title: `hay ${index}`,
        updatedAt: new Date(Date.now() - index * 1_000),
      })),
    )
    const pages = []
    let cursor: string | undefined
    do {
      const page = await repository.chats.search({ userId, text: "needle", limit: 10, cursor })
      pages.push(page.chats.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor)
    expect(pages).toEqual([[], [], [oldest.chatId]])

    const hay = new Set<string>()
    cursor = undefined
    do {
      const page = await repository.chats.search({ userId, text: "hay", limit: 60, cursor })
      for (const { id } of page.chats) hay.add(id)
      cursor = page.nextCursor
    } while (cursor)
    expect(hay.size).toBe(450)
    await expect(
      repository.chats.search({ userId, text: "hay", limit: 60, cursor: "2026-01-01_x" }),
    ).rejects.toMatchObject({
      code: "invalid_cursor",
    })
    await expect(repository.chats.list(userId, 10, "yesterday")).rejects.toMatchObject({ code: "invalid_cursor" })
  })

  test("B69 a search takes every character literally", async () => {
    const { begin, search } = await fresh()
    await begin("plain words")
    for (const odd of ["%", "_", "100%", "\\", "'; drop table", '"a":', "$1", "(?i)", "[a-z]"]) {
      expect(await search(odd)).toEqual([])
      const stored = await begin(`here is ${odd} as text`)
      expect((await search(odd)).map(({ id }) => id)).toContain(stored.chatId)
    }
    const strange = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => !text.includes("\0"))
    await fc.assert(
      fc.asyncProperty(strange, async (words) => {
        expect(Array.isArray(await search(words))).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test("only its owner renames a chat, and a title generated later does not undo it", async () => {
    const { db, repository, userId, begin } = await fresh()
    const { chatId } = await begin("q", "a", "provisional")
    await repository.chats.retitle({ chatId, from: "provisional", to: "better" })
    expect(await titleOf(chatId)).toBe("better")
    expect(await repository.chats.rename({ chatId, userId: await newUser(db), title: "stolen" })).toBe(false)
    expect(await repository.chats.rename({ chatId, userId, title: "mine; -- %_" })).toBe(true)
    await repository.chats.retitle({ chatId, from: "better", to: "late" })
    expect(await titleOf(chatId)).toBe("mine; -- %_")

    async function titleOf(id: string) {
      return (await db.select().from(chat).where(eq(chat.id, id)))[0]?.title
    }
  })

  test("deleting a chat deletes its messages and streams, and keeps the bill", async () => {
    const { repository, db, userId } = await fresh()
    const gone = turn(userId)
    await repository.turns.register(gone)
    await finish(repository, gone)
    expect(await repository.chats.delete(gone.chatId, userId)).toEqual({ kind: "deleted", running: undefined })
    expect(await repository.messages.find(gone.answer.id)).toBeUndefined()
    expect(await db.select().from(chatStream)).toEqual([])
    expect(await db.select().from(charge)).toHaveLength(1)
  })

  test("B70 a chat deleted during an answer is gone and charged, and nothing of it returns", async () => {
    const { db, repository, userId } = await fresh()
    const running = turn(userId, { text: "x".repeat(400) })
    await repository.turns.register(running)
    await grow(repository, running, "y".repeat(200))
    expect(await repository.chats.delete(running.chatId, userId)).toEqual({
      kind: "deleted",
      running: { streamId: running.streamId, messageId: running.answer.id },
    })
    expect(await grow(repository, running, "back again", { number: 2 })).toBeUndefined()
    expect(await finish(repository, running)).toBe(false)
    expect(await repository.streams.renewLeases([{ streamId: running.streamId, epoch: 1 }], 10_000)).toEqual([
      running.streamId,
    ])
    expect(await db.select().from(message)).toEqual([])
    expect(await db.select().from(chatStream)).toEqual([])
    expect(await repository.messages.list(running.chatId, userId)).toBeUndefined()
    const [bill, ...further] = await db.select().from(charge)
    expect(further).toEqual([])
    expect(bill).toMatchObject({ streamId: running.streamId, model: "test", estimated: true })
    expect(bill?.inputTokens).toBeGreaterThanOrEqual(100)
    expect(bill?.outputTokens).toBeGreaterThanOrEqual(50)
    const [payer] = await db.select().from(user)
    expect(payer?.credits).toBe(1000 - (bill?.credits ?? 0))
  })

  test("B70 deleting a chat before the first word of its answer still charges for the question", async () => {
    const { db, repository, userId } = await fresh()
    const running = turn(userId, { text: "x".repeat(400) })
    await repository.turns.register(running)
    await repository.chats.delete(running.chatId, userId)
    const [bill] = await db.select().from(charge)
    expect(bill).toMatchObject({ streamId: running.streamId, outputTokens: 0, estimated: true })
    expect(bill?.inputTokens).toBeGreaterThanOrEqual(100)
  })

  test("an answer that a dead server had not begun costs nothing when its chat is deleted", async () => {
    const { db, repository, userId } = await fresh()
    const dead = { ...turn(userId), leaseMs: -1 }
    await repository.turns.register(dead)
    expect(await repository.chats.delete(dead.chatId, userId)).toMatchObject({ running: { streamId: dead.streamId } })
    expect(await db.select().from(charge)).toEqual([])
  })

  test("deleting a chat as its answer ends leaves one charge and no trace", async () => {
    const { db, repository, userId } = await fresh()
    for (let round = 0; round < 20; round++) {
      const running = turn(userId)
      await repository.turns.register(running)
      // An answer without a word would cost nothing if its chat were deleted before it ends.
      await grow(repository, running, "half")
      const ended = finish(repository, running)
      if (round % 2 === 0) await new Promise(setImmediate)
      const [, deleted] = await Promise.all([ended, repository.chats.delete(running.chatId, userId)])
      expect(deleted).toBeDefined()
      expect(await db.select().from(charge).where(eq(charge.streamId, running.streamId))).toHaveLength(1)
    }
    expect(await db.select().from(message)).toEqual([])
  })
})

/** A case's name, the stored text, the search and the expected excerpt. */
const saidFarInto: [string, string, string, string][] = [
  ["far into a line", `${"lorem ipsum ".repeat(30)}the pelican flies`, "pelican", "pelican"],
  ["right after an unbroken address", `https://example.com/${"x".repeat(300)}/pelican`, "Pelican", "pelican"],
  ["in Chinese", `${"天地玄黄宇宙洪荒".repeat(20)}我们谈了鹈鹕的事情${"日月盈昃".repeat(40)}`, "鹈鹕", "鹈鹕"],
  ["in Japanese, next to wide signs", `${"あいうえお".repeat(30)}「ペリカン」は鳥です`, "ペリカン", "ペリカン"],
  ["of several words, over a line's end", "one two\n  the grey pelican", "grey pelican", "grey pelican"],
  ["with accents, in capitals", `${"mot ".repeat(60)}ÉTÉ à la plage`, "été", "ÉTÉ"],
  ["in Greek capitals", `${"λόγος ".repeat(50)}ΟΔΟΣ`, "οδοσ", "ΟΔΟΣ"],
  ["in Cyrillic", `${"слово ".repeat(50)}Пеликан`, "пеликан", "Пеликан"],
  ["after letters that grow with their case", `${"İİİİ ".repeat(30)}pelican`, "PELICAN", "pelican"],
  ["after signs of several code points", `${"👩‍👩‍👧‍👦🏳️‍🌈".repeat(20)}pelican`, "pelican", "pelican"],
  ["that is a sign itself", `${"word ".repeat(60)}👩‍👩‍👧‍👦 and more`, "👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"],
  ["longer than a line", `${"word ".repeat(60)}${"y".repeat(150)}`, "y".repeat(150), "y".repeat(150)],
]
