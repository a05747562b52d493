/** The limit: a Node server that sends the provider's bytes on. Nothing that checks, stores or continues can cost less. */
import { Agent } from "node:http"
import path from "node:path"
import { createParser } from "eventsource-parser"
import { freePort } from "#tests/support/databases/postgres.ts"
import { installedAt, installProject } from "../install.ts"
import type { Chat, Peer } from "../peer.ts"
import { type Decoder, openReading } from "../reading.ts"
import { answers, startProgram } from "../server-process.ts"

export const raw: Peer = {
  name: "raw",
  title: "raw",
  description: "a Node server that sends the provider's bytes on and keeps them in memory while the answer runs",
  needs: { redis: false, postgres: false },
  canFollow: true,
  prepare: async (log) =>
    void (await installProject({ name: "raw", folder: path.join(import.meta.dirname, "project") }, log)),
  versions: async () => ({ node: process.versions.node }),
  async start({ modelUrl, core, environment }) {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const server = await startProgram(
      {
        cwd: installedAt("raw"),
        parameters: ["server.ts"],
        environment: { OPENAI_BASE_URL: modelUrl, PORT: String(port), ...environment },
        core,
      },
      () => answers(`${url}/chats/none`),
    )
    const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
    const open = ({ id, user }: Chat, body?: object) =>
      openReading({
        url: `${url}/chats/${id}`,
        method: body ? "POST" : "GET",
        headers: user.headers,
        ...(body && { body }),
        agent,
        makeDecoder: completionDecoder,
      })
    return {
      url,
      pids: [server.pid],
      newUser: async () => ({ headers: {} }),
      async ask(chat, question) {
        const reading = await open(chat, { question })
        if (!reading) throw new Error("a question was answered with nothing")
        return reading
      },
      follow: (chat) => open(chat),
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
  },
}

/** Reads the provider's own wire: OpenAI's chat completions. */
function completionDecoder(): Decoder {
  const characters = new TextDecoder()
  let text = ""
  let ending: Decoder["ending"]
  const parser = createParser({
    onEvent({ data }) {
      if (data === "[DONE]") {
        ending = "finished"
        return
      }
      text += JSON.parse(data).choices?.[0]?.delta?.content ?? ""
    },
  })
  return {
    add(bytes) {
      text = ""
      parser.feed(characters.decode(bytes, { stream: true }))
      return text
    },
    get ending() {
      return ending
    },
  }
}
