/** What happens when Postgres dies, hangs or is locked. Answers stream on; nothing is lost, nothing is charged twice. */
import { randomUUID } from "node:crypto"
import { globSync } from "node:fs"
import { setTimeout as wait } from "node:timers/promises"
import { eq } from "drizzle-orm"
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest"
import { chatStream } from "#db/schema.ts"
import { expectUndisturbed, followedAnswer } from "#tests/support/clients/followed-answer.ts"
import { Refusal, type Tab } from "#tests/support/clients/tab.ts"
import type { Address, TestChat } from "#tests/support/clients/test-chat.ts"
import { type OwnPostgres, startOwnPostgres } from "#tests/support/databases/own-postgres.ts"
import { createTestDatabase } from "#tests/support/databases/postgres.ts"
import { type Fleet, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"
import { hangMs, patiently, within } from "#tests/support/within.ts"
import { relay } from "./row.ts"

/** So often that two hundred words that waited for Postgres with each save would take minutes. */
const SAVE_EVERY_CHARS = "20"
/** By then every lease has run out. */
const longOutageMs = 12_000
const json = { "content-type": "application/json" }

let postgres: OwnPostgres
let fleet: Fleet
let here: Address
let there: Address

beforeAll(async () => {
  postgres = await startOwnPostgres()
  fleet = await startFleet({ postgres, paceMs: 1, environment: { SAVE_EVERY_CHARS } })
  here = fleet.server(0)
  there = fleet.server(1)
})
afterEach(async () => {
  postgres.thaw()
  await postgres.start()
  await fleet.quiet()
})
afterAll(async () => {
  await fleet.stop()
  await postgres.remove()
})

test("F17 a server that starts before Postgres says so, asks no model, and works once Postgres is up", async () => {
  const chat = await fleet.chat()
  const asked = fleet.model.calls
  await postgres.stop()
  const late = await fleet.start()
  expect(await healthOf(late)).toMatchObject([503, { status: "unavailable", database: "unavailable" }])
  const messageId = randomUUID()
  // The first time is slower, so it does not count.
  await expect(chat.ask(late, "say 20 words", messageId)).rejects.toBeInstanceOf(Refusal)
  const refusal = await within(hangMs, () => chat.ask(late, "say 20 words", messageId).catch((error: unknown) => error))
  expect(refusal).toBeInstanceOf(Refusal)
  expect(refusal).toMatchObject({ status: 503, body: expect.stringContaining('"code":"db_unavailable"') })
  expect(fleet.model.calls).toBe(asked)

  await postgres.start()
  await expect.poll(() => healthOf(late)).toMatchObject([200, { status: "ok", database: "ok" }])
  const tab = await chat.ask(late, "say 20 words", messageId)
  await chat.check()
  expect(tab.text).toBe(wordsUpTo(20))
  await late.stop()
})

test("F17 servers that start at once on an empty Postgres create its tables, and answer", async () => {
  const empty = await createTestDatabase()
  onTestFinished(() => empty.drop())
  const late = await Promise.all([1, 2].map(() => fleet.start({ DATABASE_URL: empty.url })))
  for (const server of late) {
    await expect.poll(() => healthOf(server)).toMatchObject([200, { status: "ok", database: "ok" }])
    const signedIn = await fetch(`${server.url}/api/auth/sign-in/anonymous`, {
      method: "POST",
      body: "{}",
      headers: json,
    })
    expect(signedIn.status).toBe(200)
    await server.stop()
  }
})

test.each([
  ["dies", () => postgres.stop(), () => postgres.start()],
  ["freezes", () => postgres.freeze(), async () => postgres.thaw()],
])(
  "F18 Postgres %s mid-answer and returns after its leases expired: every word comes on time, without a takeover",
  async (_, lose, find) => {
    const { chat, first, second } = await followedAnswer(fleet, "say 600 words")
    await lose()
    fleet.model.release(200)
    await within(hangMs, () => Promise.all([first.until("word250"), second.until("word250")]))
    await wait(longOutageMs)
    fleet.model.release(200)
    await within(hangMs, () => Promise.all([first.until("word450"), second.until("word450")]))
    await find()
    await expect.poll(() => chat.shownText(here)).toContain("word420")
    fleet.model.release()
    await chat.check()
    if (relay === "log") for (const tab of [first, second]) expectUndisturbed(tab)
    expect(await epochOf(chat)).toBe(1)
  },
)

test("F19 Postgres is away when an answer ends: readers hear of its end only once it is stored", async () => {
  const { chat, first, second } = await followedAnswer(fleet, "say 100 words")
  await postgres.stop()
  fleet.model.release()
  await Promise.all([first.until("word100"), second.until("word100")])
  await wait(longOutageMs)
  expect([await isOver(first), await isOver(second)]).toEqual([false, false])
  await postgres.start()
  await within(hangMs, () => chat.check())
  if (relay === "log") for (const tab of [first, second]) expectUndisturbed(tab)
  expect(await epochOf(chat)).toBe(1)
})

test("F19 a server killed while an answer's end waits for Postgres stores it after its restart", async () => {
  // The only server: another one might take the answer over sooner.
  await using alone = await startFleet({ postgres: await postgres.createDatabase(), servers: 1 })
  const server = alone.server(0)
  const chat = await alone.chat()
  alone.model.hold()
  const tab = await chat.ask(server, "say 100 words")
  alone.model.release(50)
  await tab.until("word50")
  await postgres.stop()
  alone.model.release()
  await tab.until("word100")
  await vi.waitUntil(() => globSync("endings/*.json", { cwd: server.dataDir }).length === 1, { timeout: hangMs })
  await server.stop("SIGKILL")
  await server.restart()
  await postgres.start()
  await chat.check()
  expect(await chat.shownText(server)).toBe(wordsUpTo(100))
  expect(await epochOf(chat, alone)).toBe(1)
})

test("F20 a locked table delays no word, and writes given up meanwhile never happen later", async () => {
  const { chat, first, second } = await followedAnswer(fleet, "say 1500 words")
  const other = await postgres.connect()
  onTestFinished(() => other.end())
  await other.query('begin; lock table "Message" in access exclusive mode')
  fleet.model.release()
  await Promise.all(fleet.model.requests.map((request) => fleet.model.ended(request)))
  await within(hangMs, () => Promise.all([first.until("word1500"), second.until("word1500")]))
  const asked = await fleet.chat()
  const refusal = await within(hangMs, () => asked.ask(there, "say 1 words").catch((error: unknown) => error))
  expect(refusal).toMatchObject({ status: 503, body: expect.stringContaining('"code":"db_unavailable"') })
  await wait(longOutageMs)
  await other.query("commit")
  await within(hangMs, () => chat.check())
  if (relay === "log") for (const tab of [first, second]) expectUndisturbed(tab)
  expect(await epochOf(chat)).toBe(1)
  // What was refused has had no effect.
  expect(await asked.request(here, `/api/chat/${asked.chatId}/messages`)).toMatchObject({ status: 404 })
})

async function isOver(tab: Tab): Promise<boolean> {
  return Promise.race([tab.ended.then(() => true), wait(0, false)])
}

async function healthOf({ url }: Address): Promise<[number, unknown]> {
  const response = await fetch(`${url}/api/health`)
  return [response.status, await response.json()]
}

async function epochOf({ chatId }: TestChat, { database: { db } } = fleet): Promise<number | undefined> {
  const rows = await patiently(() => db.select().from(chatStream).where(eq(chatStream.chatId, chatId)))
  return rows[0]?.epoch
}
