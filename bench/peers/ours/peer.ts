/** Rejoin itself: with Redis and Postgres, and with neither. */
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { Agent } from "node:http"
import path from "node:path"
import type { Chat, Peer, RunningPeer, Surroundings, User } from "../peer.ts"
import { openReading } from "../reading.ts"
import { startProgram } from "../server-process.ts"
import { uiMessageDecoder, userMessage } from "../ui-message-wire.ts"

const here = path.join(import.meta.dirname, "../../..")

export const ours = rejoin("ours", here)
export const embedded = rejoin("embedded", here)

/** @returns both forms of another checkout, which is built, to be measured beside this one */
export function besides(folder: string): Peer[] {
  const name = path.basename(folder)
  return (["ours", "embedded"] as const).map((kind) => ({
    ...rejoin(kind, path.resolve(folder)),
    name: `${kind}@${name}`,
    title: `${kind} at ${name}`,
  }))
}

function rejoin(kind: "ours" | "embedded", folder: string): Peer {
  const hasStores = kind === "ours"
  return {
    name: kind,
    title: hasStores ? "**Rejoin**" : "Rejoin, embedded",
    description: hasStores
      ? "Rejoin with Redis and Postgres: every answer stored as it grows, resumable on any server"
      : "Rejoin as it starts without settings: the embedded database, no Redis",
    needs: { redis: hasStores, postgres: hasStores },
    canFollow: true,
    async prepare() {
      if (!existsSync(path.join(folder, ".next/BUILD_ID"))) throw new Error(`${folder} is not built: npm run build`)
    },
    async versions() {
      const versionOf = async (name: string): Promise<string> =>
        JSON.parse(await readFile(path.join(folder, "node_modules", name, "package.json"), "utf8")).version
      return { next: await versionOf("next"), ai: await versionOf("ai") }
    },
    start: (surroundings) => startRejoin(folder, surroundings),
  }
}

async function startRejoin(folder: string, surroundings: Surroundings): Promise<RunningPeer> {
  const { modelUrl, redisUrl, databaseUrl, dataDir, core, environment } = surroundings
  const secret = "a secret for a measurement, of 32 characters or more"
  const database = databaseUrl ? { DATABASE_URL: databaseUrl, BETTER_AUTH_SECRET: secret } : undefined
  if (database) await migrate(folder, database)
  const isReady = /Rejoin is ready: (\S+)/
  const server = await startProgram(
    {
      cwd: folder,
      parameters: ["server.ts"],
      environment: {
        NODE_COMPILE_CACHE: ".next/compile-cache",
        PORT: "0",
        HOST: "127.0.0.1",
        DATA_DIR: dataDir,
        OPENAI_BASE_URL: modelUrl,
        CHAT_MODELS: "test-model",
        RATE_LIMIT_PER_MINUTE: "0",
        FREE_CREDITS: "0",
        LOG_LEVEL: "error",
        ...(redisUrl && { REDIS_URL: redisUrl }),
        ...database,
        ...environment,
      },
      core,
    },
    (printed) => isReady.test(printed),
  )
  const url = isReady.exec(server.output())?.[1] ?? ""
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const wire = { agent, makeDecoder: uiMessageDecoder }
  return {
    url,
    pids: [server.pid],
    newUser: () => signIn(url),
    async ask({ id, user: { headers } }: Chat, question) {
      const body = { id, message: userMessage(randomUUID(), question) }
      const reading = await openReading({ url: `${url}/api/chat`, method: "POST", headers, body, ...wire })
      if (!reading) throw new Error("a question was answered with nothing")
      return reading
    },
    follow: ({ id, user: { headers } }) =>
      openReading({ url: `${url}/api/chat?chatId=${id}`, method: "GET", headers, ...wire }),
    async stop() {
      agent.destroy()
      await server.stop()
    },
    async kill() {
      agent.destroy()
      await server.kill()
    },
    output: server.output,
  }
}

/** `npm run db:migrate`, as the README says. */
async function migrate(folder: string, database: Record<string, string>): Promise<void> {
  const env = { ...process.env, ...database }
  const [code] = await once(spawn(process.execPath, ["db/migrate.ts"], { cwd: folder, env, stdio: "ignore" }), "exit")
  if (code !== 0) throw new Error(`npm run db:migrate ended with ${code} in ${folder}`)
}

async function signIn(url: string): Promise<User> {
  const headers = { "content-type": "application/json" }
  const response = await fetch(`${url}/api/auth/sign-in/anonymous`, { method: "POST", headers, body: "{}" })
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0])
  await response.arrayBuffer()
  return { headers: { cookie: cookies.join("; ") } }
}
