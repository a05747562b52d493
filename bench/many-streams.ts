/**
 * Measures many parallel answers, each read by several tabs (F56): how late a token is on the production server, and
 * what that costs.
 *
 *     npm run build && node bench/many-streams.ts [--streams 50,100,200] [--readers 3] [--tokensPerSecond 20]
 *         [--seconds 15] [--servers 1] [--rampSeconds 5]
 *
 * One server contains everything (the embedded database, no Redis). Several servers share a Redis and a Postgres, and
 * an answer's readers are spread over them. Every token carries the time at which the model sent it, so its delay lies
 * between the model's socket and a reader's. Each answer has its own user; the first reader sends the question, the
 * others follow half a second later. A row is one run; an error is an answer that was refused, broke off, or differs
 * from the model's.
 *
 * Model and readers use the same machine: `reader lag` is how late this process itself was (99th percentile of its
 * event loop) and is part of every delay.
 */
import { randomUUID } from "node:crypto"
import { availableParallelism } from "node:os"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout as wait } from "node:timers/promises"
import { parseArgs } from "node:util"
import { migrateDatabase } from "#db/client.ts"
import { startPostgres } from "#tests/support/databases/postgres.ts"
import { startRedis } from "#tests/support/relays/redis.ts"
import { type AppProcess, startApp } from "#tests/support/servers/app-process.ts"
import { cpuSecondsOf, residentMb, signIn } from "./server-cost.ts"
import { type Pace, startTimedModel } from "./timed-model.ts"
import { readTokens } from "./timed-reader.ts"

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      streams: { type: "string", default: "50,100,200" },
      readers: { type: "string", default: "3" },
      tokensPerSecond: { type: "string", default: "20" },
      seconds: { type: "string", default: "15" },
      servers: { type: "string", default: "1" },
      rampSeconds: { type: "string", default: "5" },
    },
  })
  const pace: Pace = { tokensPerSecond: Number(values.tokensPerSecond), seconds: Number(values.seconds) }
  const load: Load = { readers: Number(values.readers), rampMs: Number(values.rampSeconds) * 1000, ...pace }

  const model = await startTimedModel(pace)
  const { servers, close } = await startServers(Number(values.servers), model.url)
  console.log(
    `${values.servers} server(s), ${availableParallelism()} cores for them, the model and the readers; ` +
      `${pace.tokensPerSecond} tokens/s for ${pace.seconds} s\n`,
  )
  console.log(
    "| answers × readers | errors | token delay ms, asker: p50 / p99 / most | followers: p50 / p99 / most " +
      "| first token ms: p50 / p99 | server CPU: cores, µs a token | server memory MB | reader lag ms |",
  )
  console.log("|---|---|---|---|---|---|---|---|")
  try {
    const first = await run(servers, 2, { ...load, rampMs: 0 }) // warms up what is slow only the first time
    if (first.errors.length > 0) throw new Error(`${first.errors}\n${servers.map(({ output }) => output()).join("\n")}`)
    for (const streams of values.streams.split(",").map(Number)) console.log(row(await run(servers, streams, load)))
  } finally {
    await close()
    await model.stop()
  }
}

interface Load extends Pace {
  readers: number
  /** answers begin evenly within this time */
  rampMs: number
}

async function startServers(
  count: number,
  modelUrl: string,
): Promise<{ servers: AppProcess[]; close(): Promise<void> }> {
  const environment: Record<string, string> = {
    OPENAI_BASE_URL: modelUrl,
    CHAT_MODELS: "test-model",
    FREE_CREDITS: "0",
    LOG_LEVEL: "error",
  }
  if (count === 1) {
    const server = await startApp({ environment })
    return { servers: [server], close: async () => void (await server.stop()) }
  }
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()])
  await migrateOnceUp(postgres.url)
  Object.assign(environment, {
    REDIS_URL: redis.url,
    DATABASE_URL: postgres.url,
    BETTER_AUTH_SECRET: "a secret for a measurement, of 32 characters or more",
  })
  const servers = await Promise.all(Array.from({ length: count }, () => startApp({ environment })))
  return {
    servers,
    async close() {
      await Promise.all(servers.map((server) => server.stop()))
      await Promise.all([redis.stop(), postgres.stop()])
    },
  }
}

async function migrateOnceUp(url: string): Promise<void> {
  const lastTryMs = performance.now() + 60_000
  for (;;) {
    try {
      return await migrateDatabase({ database: { kind: "postgres", url } })
    } catch (error) {
      if (performance.now() > lastTryMs) throw error
      await wait(200)
    }
  }
}

interface Result {
  streams: number
  readers: number
  errors: string[]
  askerDelaysMs: number[]
  followerDelaysMs: number[]
  firstTokensMs: number[]
  cores: number
  cpuMicrosecondsPerToken: number
  memoryMb: number
  lagMs: number
}

async function run(servers: AppProcess[], streams: number, load: Load): Promise<Result> {
  const result: Result = {
    streams,
    readers: load.readers,
    errors: [],
    askerDelaysMs: [],
    followerDelaysMs: [],
    firstTokensMs: [],
    cores: 0,
    cpuMicrosecondsPerToken: 0,
    memoryMb: 0,
    lagMs: 0,
  }
  const cookies: string[] = []
  for (let guest = 0; guest < streams; guest++) cookies.push(await signIn(serverAt(servers, guest)))
  const cpuBefore = cpuSecondsOf(servers)
  const startedAt = performance.now()
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  await Promise.all(
    cookies.map(async (cookie, stream) => {
      await wait((stream / streams) * load.rampMs)
      await readAnswer(servers, stream, { cookie, load, result }).catch((error) => result.errors.push(String(error)))
    }),
  )
  lag.disable()
  const cpuSeconds = cpuSecondsOf(servers) - cpuBefore
  const tokens = streams * load.tokensPerSecond * load.seconds
  return {
    ...result,
    cores: cpuSeconds / ((performance.now() - startedAt) / 1000),
    cpuMicrosecondsPerToken: (cpuSeconds * 1_000_000) / tokens,
    memoryMb: servers.reduce((sum, { pid }) => sum + residentMb(pid), 0),
    lagMs: lag.percentile(99) / 1_000_000,
  }
}

interface Asking {
  cookie: string
  load: Load
  result: Result
}

async function readAnswer(servers: AppProcess[], stream: number, { cookie, load, result }: Asking): Promise<void> {
  const id = randomUUID()
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "Go on" }] }
  const askedAt = performance.now()
  const headers = { cookie, "content-type": "application/json" }
  const asked = await fetch(`${serverAt(servers, stream).url}/api/chat`, {
    method: "POST",
    headers,
    body: JSON.stringify({ id, message }),
  })
  const readings = [
    readTokens(asked, load, result.askerDelaysMs, () => result.firstTokensMs.push(performance.now() - askedAt)),
  ]
  for (const reading of readings) reading.catch(() => undefined) // reported below
  await wait(500)
  for (let reader = 1; reader < load.readers; reader++) {
    const followed = fetch(`${serverAt(servers, stream + reader).url}/api/chat?chatId=${id}`, { headers })
    readings.push(followed.then((response) => readTokens(response, load, result.followerDelaysMs)))
  }
  for (const reading of await Promise.allSettled(readings))
    if (reading.status === "rejected") result.errors.push(String(reading.reason))
}

function serverAt(servers: AppProcess[], index: number): AppProcess {
  const server = servers[index % servers.length]
  if (!server) throw new RangeError("there is no server")
  return server
}

function row(result: Result): string {
  const { errors, askerDelaysMs: asker, followerDelaysMs: followers, firstTokensMs: first } = result
  for (const error of new Set(errors)) console.error(error)
  const cells = [
    `${result.streams} × ${result.readers}`,
    errors.length,
    [0.5, 0.99, 1].map((share) => quantile(asker, share)).join(" / "),
    [0.5, 0.99, 1].map((share) => quantile(followers, share)).join(" / "),
    [0.5, 0.99].map((share) => quantile(first, share)).join(" / "),
    `${result.cores.toFixed(2)}, ${result.cpuMicrosecondsPerToken.toFixed(0)}`,
    result.memoryMb.toFixed(0),
    result.lagMs.toFixed(0),
  ]
  return `| ${cells.join(" | ")} |`
}

function quantile(numbers: number[], share: number): string {
  const sorted = numbers.toSorted((one, other) => one - other)
  return (sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN).toFixed(0)
}
