/** What model-based test and races act on: one chat, two seats with a living server each, and readers. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { and, eq, isNull, sql } from "drizzle-orm"
import { vi } from "vitest"
import { chatStream } from "#db/schema.ts"
import { late, within } from "#lib/within.ts"
import { checkHistory } from "#tests/support/clients/history.ts"
import { historyWriter } from "#tests/support/clients/history-writer.ts"
import type { Client } from "#tests/support/clients/service.ts"
import { storedEnds } from "#tests/support/databases/stored-ends.ts"
import { type Voice, voices } from "#tests/support/providers/voices.ts"
import type { Gate, ServerProcess, ServerProcesses } from "#tests/support/servers/server-processes.ts"
import { hangMs } from "#tests/support/within.ts"
import { openReader, type Reader } from "./reader.ts"
import { boundedSteps } from "./step.ts"

export type Seat = 0 | 1

export const wordsEach = 8

export interface WorldOptions {
  /** the gate for each server's calls of database and store */
  gate?: (who: string) => Gate
}

export type StreamWorld = Awaited<ReturnType<typeof streamWorld>>

export async function streamWorld(servers: ServerProcesses, client: Client, { gate }: WorldOptions = {}) {
  const { db } = servers.services.database
  const chatId = randomUUID()
  const messageId = randomUUID()
  const history = historyWriter()
  const spoken = voices(wordsEach)
  const readers: Reader<Seat>[] = []
  const seats = [startServer("server 0"), startServer("server 1")]
  let streamId = ""
  let opened = 0

  function startServer(name: string): ServerProcess & { readonly voice: Voice | undefined } {
    const model = spoken.ofProcess()
    const server = servers.start(model, gate?.(name))
    return Object.defineProperty(server, "voice", { get: () => model.latest }) as typeof server & {
      voice: Voice | undefined
    }
  }

  function at(seat: Seat) {
    const server = seats[seat]
    if (!server) throw new RangeError(`no seat ${seat}`)
    return server
  }

  function producer() {
    return seats.find((server) => server.services.chat.running.find(streamId))
  }

  async function row() {
    const [found] = await db
      .select({ streamId: chatStream.streamId, endedAt: chatStream.endedAt, epoch: chatStream.epoch })
      .from(chatStream)
      .where(eq(chatStream.chatId, chatId))
    return found
  }

  async function open(seat: Seat, kind: string, begin: (signal: AbortSignal) => Promise<Response>) {
    const reader = await openReader<Seat>({
      name: `reader ${++opened} (${kind})`,
      history,
      place: seat,
      begin,
      follow: (place, query, signal) => at(place).request(client, `${address}${query}`, { signal }),
    })
    readers.push(reader)
    streamId ||= reader.tab.streamId ?? ""
    return reader
  }
  const address = `/api/chat?chatId=${chatId}`

  /** Time passes for all that processes do at intervals: leases are renewed, followers look whether the producer lives. */
  async function passTime(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
    await Promise.all(seats.map((server) => server.sweep()))
  }

  /** Waits, and moves the clock if that takes long. */
  async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
    const startedAtMs = performance.now()
    for (let round = 0; !(await isSo()); round++) {
      if (performance.now() - startedAtMs > hangMs) throw new Error(`it did not come to pass: ${await describe()}`)
      await wait(10)
      if (round % 10 === 9 && performance.now() - startedAtMs > 300) await passTime(3_000)
    }
  }

  async function untilDone<Result>(work: Promise<Result>): Promise<Result> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    work.then(done, done)
    await until(() => isDone)
    return work
  }

  /** Tells who waits for what, for the message of a failure. */
  async function describe(): Promise<string> {
    // The database may be what hangs.
    const found = await within(row(), 5_000).catch(String)
    return JSON.stringify({
      row: found === late ? "no answer" : found,
      running: seats.map((server) => server.services.chat.running.size),
      voices: spoken.all.map(({ said, isBrokenOff }) => ({ said, isBrokenOff })),
      readers: readers.map(({ tab, isDetached }) => ({
        isDetached,
        isOver: tab.isOver,
        text: tab.text,
        reattached: tab.reattached,
        comments: tab.comments.slice(-2),
      })),
    })
  }

  const step = boundedSteps(describe)

  async function stored() {
    const [end] = await storedEnds(servers.services.database, chatId)
    return end
  }

  return {
    chatId,
    /** empty until somebody has asked */
    get streamId() {
      return streamId
    },
    readers,
    voices: spoken.all,
    database: servers.services.database,
    server: at,
    passTime,
    until,
    row,
    stored,
    step,
    /** Asks, or repeats the question; another id is another question. */
    post(seat: Seat, id = messageId) {
      const message = { id, role: "user", parts: [{ type: "text", text: "Say something." }] }
      const json = { id: chatId, message }
      return open(seat, "asks", (signal) => at(seat).request(client, "/api/chat", { method: "POST", json, signal }))
    },
    follow: (seat: Seat) => open(seat, "follows", (signal) => at(seat).request(client, address, { signal })),
    /** Releases words to the attached readers, and waits until they have them. */
    async show(words: number): Promise<void> {
      await this.say(words)
      const last = ` v${spoken.all.length}.${spoken.all.at(-1)?.said}`
      await Promise.all(readers.map((reader) => reader.tab.until(last)))
    },
    /** Releases words of the current producer. */
    async say(words: number): Promise<void> {
      await until(async () => producer()?.voice !== undefined || (await row())?.endedAt !== null)
      producer()?.voice?.say(words)
    },
    /** @returns false if nothing was running, or the chat did not exist yet */
    stop(seat: Seat): Promise<boolean> {
      const asking = at(seat).request(client, `/api/chat/${chatId}/stop`, { method: "POST" })
      return untilDone(
        asking.then(async (response) => {
          if (response.status === 404) return false
          if (response.status !== 200) throw new Error(`stop: ${response.status} ${await response.text()}`)
          return ((await response.json()) as { stopped: boolean }).stopped
        }),
      )
    },
    delete: (seat: Seat) => at(seat).request(client, `/api/chat/${chatId}`, { method: "DELETE" }),
    /** Moves the clock past a lease that was not renewed. */
    async letLeaseRunOut(): Promise<void> {
      await db
        .update(chatStream)
        .set({ leaseExpiresAt: sql`now() - interval '1 second'` })
        .where(and(eq(chatStream.streamId, streamId), isNull(chatStream.endedAt)))
    },
    /** A new server takes the seat. @returns whether it was the producer that died */
    async kill(seat: Seat): Promise<boolean> {
      const killed = at(seat)
      const isProducer = killed === producer()
      await killed.kill()
      seats[seat] = startServer(`server ${seat} again`)
      if (isProducer) await this.letLeaseRunOut()
      return isProducer
    },
    get isAllSaid() {
      return spoken.all.at(-1)?.isDone === true
    },
    /** Runs everything to its end. @returns the stored answer @throws if a promise is broken */
    async finish() {
      await until(async () => {
        producer()?.voice?.say(wordsEach)
        return (await row())?.endedAt !== null
      })
      // A reader that left for good may have seen words that died with their producer; a returning one is reset.
      for (const reader of readers) if (reader.isDetached) reader.reattach(0, "own")
      await untilDone(Promise.all(readers.map((reader) => reader.tab.ended)))
      const end = await stored()
      if (!end) throw new Error("nothing is stored")
      const { answersMessageId: _, ...known } = end
      history.stored({ ...known, modelCalls: spoken.all.length })
      checkHistory(history.lines)
      spoken.expectSaidBy(end.text)
      // A connection that was cut off might still receive events, which must not reach the history.
      for (const voice of spoken.all) voice.say(wordsEach)
      await passTime(10_000)
      if (JSON.stringify(await stored()) !== JSON.stringify(end)) throw new Error("the end was not the end")
      return end
    },
    async close(): Promise<void> {
      for (const reader of readers) {
        reader.reattach(0, "own")
        void reader.tab.leave().catch(() => undefined) // whether it went well is the test's to say
      }
      await step("the servers close", Promise.all(seats.map((server) => server.close())))
    },
  }
}
