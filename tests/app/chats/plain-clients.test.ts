/** The README's clients without a library, as they are written there. Its page is in `tests/e2e/answers/event-source.spec.ts`. */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { text } from "node:stream/consumers"
import { createParser } from "eventsource-parser"
import { describe, expect, onTestFinished, test } from "vitest"
import { message } from "#db/schema.ts"
import { codeInReadme } from "#tests/docs/code-blocks.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { serveHandlers } from "#tests/support/servers/served-handlers.ts"

const answer = "one two three four five six"

interface PlainClient {
  program: string
  language: string
  /** reads the block from its input */
  command: [string, ...string[]]
  /** finds the answer's text in what was printed */
  readAnswer(printed: string): string
}

const python: PlainClient = {
  program: "python3",
  language: "python",
  command: ["python3", "-"],
  readAnswer: (printed) => printed.trimEnd(),
}

const curl: PlainClient = {
  program: "curl",
  language: "sh",
  command: ["sh", "-eus"],
  readAnswer(printed) {
    let read = ""
    const onEvent = ({ data }: { data: string }) => {
      const chunk = data === "[DONE]" ? {} : JSON.parse(data)
      if (chunk.type === "start") read = ""
      if (chunk.type === "text-delta") read += chunk.delta
    }
    createParser({ onEvent }).feed(printed)
    return read
  },
}

describe.each([python, curl])("the README's client in $program", (client) => {
  const isHere = spawnSync(client.program, ["--version"]).status === 0
  const runs = (title: string, body: () => Promise<void>) =>
    isHere ? test(title, body) : test.skip(`${title} — runs where ${client.program} is`, body)

  runs("goes on after a cut, from the last event that it had whole", async () => {
    const { model, server, ended } = await startedUntilCut(client)
    await server.returned
    model.release()
    expect(client.readAnswer(await ended)).toBe(answer)
    expect(server.answered).toEqual([
      "POST /api/auth/sign-in/anonymous",
      "POST /api/chat",
      expect.stringMatching(/^GET \/api\/chat\?chatId=[0-9a-f-]{36}&after=1-5$/),
    ])
  })

  runs("gets the stored answer if it ended during the cut", async () => {
    const { model, services, ended } = await startedUntilCut(client)
    model.release()
    const statuses = () => services.database.db.select({ status: message.status }).from(message)
    await expect.poll(statuses).toContainEqual({ status: "COMPLETE" })
    expect(client.readAnswer(await ended)).toBe(answer)
  })
})

/** Runs the client until its connection is cut in the middle of the event with the third word. */
async function startedUntilCut({ language, command: [program, ...args] }: PlainClient) {
  const model = scripted(answer, { held: true })
  const { services } = await freshService({ model })
  const server = await serveHandlers("three")
  const folder = await mkdtemp(path.join(tmpdir(), "rejoin-client-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const client = spawn(program, args, { cwd: folder })
  onTestFinished(() => void client.kill())
  client.stdin.end(codeInReadme("Without a library", language).replaceAll("http://127.0.0.1:3000", server.url))
  const output = Promise.all([text(client.stdout), text(client.stderr), once(client, "close")])
  const ended = output.then(([printed, complaints, [code]]) => {
    expect(code, complaints).toBe(0)
    return printed
  })
  await model.releaseUntil("three")
  await server.cut
  return { model, server, ended, services }
}
