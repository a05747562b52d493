/** What happens when a server dies without warning. Rows wait for the same lease to run out, so they run side by side. */

import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { eq } from "drizzle-orm"
import { describe, expect, test, vi } from "vitest"
import { charge, chatStream, message } from "#db/schema.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import type { Tab } from "#tests/support/clients/tab.ts"
import { type Address, askedUntilTaken, type TestChat } from "#tests/support/clients/test-chat.ts"
import { seededNumbers } from "#tests/support/seeded-numbers.ts"
import { startFaultProxy } from "#tests/support/servers/fault-proxy.ts"
import { type Fleet, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"
import { hangMs, patiently, within } from "#tests/support/within.ts"
import { promisedBy, relay } from "./row.ts"

/** A lease runs out, and the next look finds it. */
const takeoverMs = 15_000

describe.concurrent("a producer that is killed", () => {
  promisedBy("log")("F1 its answer is finished by another server, in the same stream", async () => {
    await using fleet = await startFleet()
    const { chat, tabs, kill } = await atWord50(fleet)
    await kill()
    await within(takeoverMs, () => Promise.all(tabs.map((tab) => tab.until("word60"))))
    await chat.check()
    expect(tabs.map((tab) => tab.text)).toEqual(tabs.map(() => wordsUpTo(100)))
    expect(await endOf(fleet, chat)).toEqual({ status: "COMPLETE", epoch: 2 })
  })

  test("F1 without a takeover, tabs at another server get the end, the text so far is stored, and Continue resumes it", async () => {
    await using fleet = await startFleet({ environment: { CRASH_RECOVERY: "interrupt" } })
    const { chat, tabs, kill } = await atWord50(fleet)
    const other = fleet.server(1)
    const cameBack = await tabThatCameBack(chat, other)
    await kill()
    await within(takeoverMs, () => Promise.all([...tabs, cameBack].map((tab) => tab.ended)))
    expect(await endOf(fleet, chat)).toMatchObject({ status: "INTERRUPTED" })

    const next = await chat.continueLast(other)
    expect(await next.ended).toBe("whole")
    await chat.check()
    expect(next.text).toBe(wordsUpTo(100))
    const [question, answer, ...further] = await messagesOf(chat, other)
    expect([question?.role, further]).toEqual(["user", []])
    expect(answer?.metadata?.status).toBe("COMPLETE")
    expect(answer?.parts.filter(({ type }) => type === "text")).toMatchObject([{ text: wordsUpTo(100) }])
    // The usage of the first model call died with its producer.
    const charges = await patiently(() => fleet.database.db.select().from(charge).orderBy(charge.createdAt))
    expect(charges).toMatchObject([{ estimated: true }, { streamId: next.streamId, estimated: false }])
  })

  test("F1 answers killed at every stage, from the question to the last word, all come to their end", async ({
    onTestFailed,
  }) => {
    await using fleet = await startFleet({ paceMs: 5 })
    const random = seededNumbers(onTestFailed)
    const killAfterMs = 500 + random.below(200)
    const address = { url: fleet.server(0).url }
    const turns = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const [afterMs, words] = [random.below(500), 5 + random.below(100)]
        return { afterMs, words, chat: await fleet.chat() }
      }),
    )
    const tabs = turns.map(async ({ afterMs, words, chat }) => {
      await wait(afterMs)
      const messageId = randomUUID()
      const tab = await askedUntilTaken(() => chat.ask(address, `say ${words} words`, messageId))
      return [tab, await chat.follow(fleet.server(1))]
    })
    await wait(killAfterMs)
    await fleet.server(0).stop("SIGKILL")
    address.url = fleet.server(1).url
    await within(takeoverMs, async () => Promise.all((await Promise.all(tabs)).flat().map((tab) => tab.ended)))
    await Promise.all(turns.map(({ chat }) => chat.check()))
  })

  test("F1 F52 a restarted single server takes its dead answers over, whether or not a reader asks for them", async () => {
    await using fleet = await startFleet({ servers: 1 })
    const { chat, tabs, kill } = await atWord50(fleet)
    const lonely = await fleet.chat()
    await (await lonely.ask(fleet.server(0), "say 100 words")).leave()
    await kill()
    await fleet.server(0).restart()
    await within(takeoverMs, async () => {
      await Promise.all(tabs.map((tab) => tab.ended))
      await Promise.all([chat.check(), lonely.check()])
    })
    const status = relay === "log" ? "COMPLETE" : "INTERRUPTED"
    expect([await endOf(fleet, chat), await endOf(fleet, lonely)]).toMatchObject([{ status }, { status }])
  })
})

/** A tab at the first server and one at the last, which have seen fifty words of a hundred; the model waits. */
async function atWord50(fleet: Fleet) {
  const chat = await fleet.chat()
  const [producer, other] = [fleet.server(0), fleet.server(-1)]
  // A load balancer sends a client that loses its connection to a living server.
  const address = { url: producer.url }
  fleet.model.hold()
  const tabs = [await chat.ask(address, "say 100 words"), await chat.followLive(other)]
  fleet.model.release(50)
  await Promise.all(tabs.map((tab) => tab.until("word50")))

  async function kill(): Promise<void> {
    await producer.stop("SIGKILL")
    address.url = other.url
    fleet.model.release()
  }
  return { chat, tabs, kill }
}

/** A tab that has lost its connection once and received nothing new since. */
async function tabThatCameBack(chat: TestChat, server: Address): Promise<Tab> {
  const proxy = await startFaultProxy({ port: Number(new URL(server.url).port) })
  const tab = await chat.followLive({ url: proxy.through(server.url) })
  await tab.until("word50")
  proxy.reset()
  await vi.waitUntil(() => tab.reattached === 1, { timeout: hangMs })
  void tab.ended.then(() => proxy.close())
  return tab
}

async function messagesOf(chat: TestChat, server: Address): Promise<ChatMessage[]> {
  const response = await chat.request(server, `/api/chat/${chat.chatId}/messages`)
  return ((await response.json()) as { messages: ChatMessage[] }).messages
}

async function endOf({ database }: Fleet, { chatId }: TestChat): Promise<{ status: string; epoch: number }> {
  const [row] = await patiently(() =>
    database.db
      .select({ status: message.status, epoch: chatStream.epoch })
      .from(chatStream)
      .innerJoin(message, eq(message.id, chatStream.messageId))
      .where(eq(chatStream.chatId, chatId)),
  )
  if (!row) throw new Error("the chat has no stream")
  return row
}
