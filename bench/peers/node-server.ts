/** What the peers on a Node server have in common whose wire is the AI SDK's, at the addresses of its own recipe. */
import { randomUUID } from "node:crypto"
import { Agent } from "node:http"
import path from "node:path"
import { freePort } from "#tests/support/databases/postgres.ts"
import { installedAt, installedVersions, installProject } from "./install.ts"
import type { Chat, Peer, RunningPeer, Surroundings } from "./peer.ts"
import { openReading } from "./reading.ts"
import { answers, startProgram } from "./server-process.ts"
import { uiMessageDecoder, userMessage } from "./ui-message-wire.ts"

export interface NodePeer extends Pick<Peer, "name" | "title" | "description" | "needs"> {
  /** with its `server.ts` */
  folder: string
  packages: string[]
}

export function nodePeer({ folder, packages, ...peer }: NodePeer): Peer {
  const name = path.basename(path.dirname(folder))
  return {
    ...peer,
    canFollow: true,
    prepare: async (log) => void (await installProject({ name, folder }, log)),
    versions: () => installedVersions(name, packages),
    start: (surroundings) => startNode(name, surroundings),
  }
}

async function startNode(name: string, surroundings: Surroundings): Promise<RunningPeer> {
  const { modelUrl, redisUrl, databaseUrl, core, environment } = surroundings
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = await startProgram(
    {
      cwd: installedAt(name),
      parameters: ["server.ts"],
      environment: {
        PORT: String(port),
        OPENAI_BASE_URL: modelUrl,
        ...(redisUrl && { REDIS_URL: redisUrl }),
        ...(databaseUrl && { DATABASE_URL: databaseUrl }),
        ...environment,
      },
      core,
    },
    () => answers(`${url}/`),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const wire = { agent, makeDecoder: uiMessageDecoder }
  return {
    url,
    pids: [server.pid],
    newUser: async () => ({ headers: {} }),
    async ask({ id, user: { headers } }: Chat, question) {
      const body = { id, message: userMessage(randomUUID(), question) }
      const reading = await openReading({ url: `${url}/api/chat`, method: "POST", headers, body, ...wire })
      if (!reading) throw new Error("a question was answered with nothing")
      return reading
    },
    follow: ({ id, user: { headers } }) =>
      openReading({ url: `${url}/api/chat/${id}/stream`, method: "GET", headers, ...wire }),
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
