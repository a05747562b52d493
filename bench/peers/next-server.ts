/** What the peers on Next have in common: how they are built, started and asked. */
import { randomUUID } from "node:crypto"
import { Agent } from "node:http"
import { freePort } from "#tests/support/databases/postgres.ts"
import { installedAt, installedVersions, installProject } from "./install.ts"
import type { Chat, Peer, RunningPeer, Surroundings } from "./peer.ts"
import { openReading } from "./reading.ts"
import { answers, startProgram } from "./server-process.ts"
import { uiMessageDecoder, userMessage } from "./ui-message-wire.ts"

export interface NextPeer {
  name: string
  title: string
  description: string
  needs: Peer["needs"]
  folder: string
  packages: string[]
  /** what a stock `useChat` would send for the chat's first question */
  bodyOf(chatId: string, message: ReturnType<typeof userMessage>): object
  /** where a chat's running answer is followed; undefined: nowhere */
  followPath?(chatId: string): string
  /** Makes its tables. */
  migrate?(databaseUrl: string): Promise<void>
}

export function nextPeer(peer: NextPeer): Peer {
  return {
    name: peer.name,
    title: peer.title,
    description: peer.description,
    needs: peer.needs,
    canFollow: peer.followPath !== undefined,
    prepare: async (log) =>
      void (await installProject({ name: peer.name, folder: peer.folder, build: ["next", "build"] }, log)),
    versions: () => installedVersions(peer.name, peer.packages),
    async start(surroundings) {
      if (surroundings.databaseUrl) await peer.migrate?.(surroundings.databaseUrl)
      return startNext(peer, surroundings)
    },
  }
}

async function startNext(peer: NextPeer, { modelUrl, redisUrl, databaseUrl, core, environment }: Surroundings) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = await startProgram(
    {
      cwd: installedAt(peer.name),
      parameters: ["node_modules/next/dist/bin/next", "start", "-H", "127.0.0.1", "-p", String(port)],
      environment: {
        OPENAI_BASE_URL: modelUrl,
        ...(redisUrl && { REDIS_URL: redisUrl }),
        ...(databaseUrl && { DATABASE_URL: databaseUrl }),
        ...environment,
      },
      core,
    },
    (printed) => printed.includes("Ready in") && answers(`${url}/api/chat`),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const running: RunningPeer = {
    url,
    pids: [server.pid],
    newUser: async () => ({ headers: {} }),
    async ask({ id, user }: Chat, question) {
      const body = peer.bodyOf(id, userMessage(randomUUID(), question))
      const asking = { url: `${url}/api/chat`, method: "POST" as const, headers: user.headers, body }
      const reading = await openReading({ ...asking, agent, makeDecoder: uiMessageDecoder })
      if (!reading) throw new Error("a question was answered with nothing")
      return reading
    },
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
  const { followPath } = peer
  if (!followPath) return running
  return {
    ...running,
    follow: ({ id, user }: Chat) =>
      openReading({
        url: `${url}${followPath(id)}`,
        method: "GET",
        headers: user.headers,
        agent,
        makeDecoder: uiMessageDecoder,
      }),
  }
}
