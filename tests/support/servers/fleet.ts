/** Real servers that share a Redis, a Postgres and a model, as behind a load balancer. */

import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { and, eq, isNull } from "drizzle-orm"
import { expect, inject } from "vitest"
import { type Database, openDatabase } from "#db/client.ts"
import { chatStream, message } from "#db/schema.ts"
import { checkHistory } from "../clients/history.ts"
import { historyWriter } from "../clients/history-writer.ts"
import { openTestChat, type TestChat } from "../clients/test-chat.ts"
import { createTestDatabase, freePort } from "../databases/postgres.ts"
import { storedEnds } from "../databases/stored-ends.ts"
import { type OpenAiServer, type RecordedRequest, startOpenAiServer } from "../providers/openai-server.ts"
import { startRedis, type TestRedis } from "../relays/redis.ts"
import { textOf } from "../text-of.ts"
import { patiently } from "../within.ts"
import { type AppProcess, startApp } from "./app-process.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** STREAM_RELAY of the servers under test */
    relay: "log" | "pubsub"
  }
}

export interface FleetOptions {
  /** default 2 */
  servers?: number
  /** settings besides those that tie the servers together */
  environment?: Record<string, string>
  /** between two words of an answer; default 4 */
  paceMs?: number
  /** a database that the test may stop and removes; default: one in the run's own Postgres */
  postgres?: { url: string }
}

export interface Server extends AppProcess {
  readonly dataDir: string
  /** Starts it again at the same address and on the same DATA_DIR, after `stop`. */
  restart(): Promise<void>
}

export interface Fleet extends AsyncDisposable {
  readonly redis: TestRedis
  /**
   * Asked to `say 40 words` it answers `word1 word2 … word40`, asked to `say 40 long words` the same with 20 KB each;
   * asked to `say "this"`, this; asked to continue, it continues.
   */
  readonly model: OpenAiServer
  readonly database: Database
  /** @returns the server with this number, from 0; -1 is the last */
  server(index: number): Server
  /** Starts one more. */
  start(environment?: Record<string, string>): Promise<Server>
  /** Creates a new guest's chat, with that agent; its `check` reads the whole fleet's effects on it. */
  chat(agent?: string): Promise<TestChat>
  /** Between two tests: nothing is held back any more, and no answer of the last one still asks the model for words. */
  quiet(): Promise<void>
  stop(): Promise<void>
}

export async function startFleet(given: FleetOptions = {}): Promise<Fleet> {
  const { servers = 2, environment = {}, paceMs = 4 } = given
  const [redis, postgres, model] = await Promise.all([
    startRedis(),
    given.postgres ? { url: given.postgres.url, drop: async () => undefined } : createTestDatabase(),
    startOpenAiServer({ paceMs, answer: answerTo }),
  ])
  const connection = { database: { kind: "postgres" as const, url: postgres.url } }
  const database = await openDatabase(connection)
  const fleet: Server[] = []
  const dataDirs: string[] = []

  async function start(further: Record<string, string> = {}): Promise<Server> {
    const port = await freePort()
    const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-app-"))
    dataDirs.push(dataDir)
    const options = {
      dataDir,
      environment: {
        PORT: String(port),
        STREAM_RELAY: inject("relay"),
        REDIS_URL: redis.url,
        DATABASE_URL: postgres.url,
        BETTER_AUTH_SECRET: "a secret for tests, of 32 characters or more",
        OPENAI_BASE_URL: model.url,
        CHAT_MODELS: "test-model",
        ...environment,
        ...further,
      },
    }
    let running = await startApp(options)
    let printedBefore = ""
    const server: Server = {
      dataDir,
      get url() {
        return running.url
      },
      get pid() {
        return running.pid
      },
      output: () => printedBefore + running.output(),
      stop: (signal) => running.stop(signal),
      async restart() {
        printedBefore += running.output()
        running = await startApp(options)
      },
    }
    fleet.push(server)
    return server
  }

  function server(index: number): Server {
    const found = fleet.at(index)
    if (!found) throw new Error(`there is no server ${index}`)
    return found
  }

  async function chat(agent?: string): Promise<TestChat> {
    const history = historyWriter()
    const chatId = randomUUID()
    const opened = await openTestChat({ chatId, history, signInAt: () => server(0).url, agent })
    return {
      ...opened,
      async check() {
        await opened.check()
        await patiently(async () => expect(await runningStreams(database, chatId)).toBe(0))
        const ends = await patiently(() => endsOf(database, model, chatId))
        for (const end of ends) history.stored(agent ? { ...end, modelCalls: undefined } : end)
        checkHistory(history.lines)
        for (const { output } of fleet) refuseCrashes(output())
      },
    }
  }

  async function quiet(): Promise<void> {
    redis.thaw()
    model.release()
    await Promise.all(model.requests.map((request) => model.ended(request)))
  }

  async function stop(): Promise<void> {
    redis.thaw()
    await Promise.all(fleet.map((each) => each.stop("SIGKILL")))
    await Promise.all([model.close(), redis.stop(), database.close()])
    await postgres.drop()
    await Promise.all(dataDirs.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 10 })))
  }

  await Promise.all(Array.from({ length: servers }, () => start()))
  return {
    redis,
    model,
    database,
    server,
    start,
    chat,
    quiet,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** @returns the words that answer `say <count> words` */
export function wordsUpTo(count: number, tail = ""): string {
  return Array.from({ length: count }, (_, index) => `word${index + 1}${tail}`).join(" ")
}

const questionPattern = /^say (?:(?<count>\d+)(?<long> long)? words|"(?<text>.*)")/s
const longTail = "x".repeat(20_000)

function answerTo(request: RecordedRequest): string {
  const { count, long, text } = questionPattern.exec(questionOf(request))?.groups ?? {}
  const whole = text ?? wordsUpTo(Number(count), long && longTail)
  return whole.slice(textSoFar(request).length)
}

/** What the model is asked to go on with. */
function textSoFar(request: RecordedRequest): string {
  const soFar = request.body.messages.at(-2)
  const isContinued = request.question !== questionOf(request)
  return isContinued && typeof soFar?.content === "string" ? soFar.content : ""
}

/** Returns the person's last question, skipping the extra message of a continuation. */
function questionOf({ body }: RecordedRequest): string {
  return String(body.messages.findLast(({ content }) => questionPattern.test(String(content)))?.content)
}

function runningStreams({ db }: Database, chatId: string): Promise<number> {
  return db.$count(chatStream, and(eq(chatStream.chatId, chatId), isNull(chatStream.endedAt)))
}

/** Each generation of a chat as database, bill and model know it. */
async function endsOf(database: Database, model: OpenAiServer, chatId: string) {
  const ends = await storedEnds(database, chatId)
  const messages = await database.db.select().from(message).where(eq(message.chatId, chatId))
  const stored = new Map(messages.map((each) => [each.id, each]))
  /** A generation that continues an answer has the same question, and its model is given the partial answer. */
  const asked = ends.map(({ streamId, answersMessageId }) => {
    const answered = stored.get(answersMessageId)
    const isPartial = answered?.role === "assistant"
    const question = isPartial ? stored.get(answered.parentId ?? "") : answered
    return { streamId, question: textOf(question), partial: isPartial ? textOf(answered) : "" }
  })
  const producerOf = (request: RecordedRequest) =>
    asked
      .filter(({ question, partial }) => question === questionOf(request) && textSoFar(request).startsWith(partial))
      .sort((one, other) => other.partial.length - one.partial.length)[0]?.streamId
  return ends.map(({ answersMessageId: _, ...end }) => ({
    ...end,
    modelCalls: model.requests.filter((request) => !request.isRefused && producerOf(request) === end.streamId).length,
  }))
}

function refuseCrashes(output: string): void {
  const crash = /.*(unhandled ?rejection|uncaught ?exception|ERR_INVALID_STATE).*/i.exec(output)
  if (crash) throw new Error(`a server's log says: ${crash[0]}`)
}
