/** What a deploy does: SIGTERM, once or twice, at any time. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { describe, expect, test, vi } from "vitest"
import { historyWriter } from "#tests/support/clients/history-writer.ts"
import { openTestChat } from "#tests/support/clients/test-chat.ts"
import { startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { type AppProcess, startApp } from "#tests/support/servers/app-process.ts"
import { startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"
import { hangMs, within } from "#tests/support/within.ts"
import { relay } from "./row.ts"

describe.concurrent("a server that receives a termination signal", () => {
  test("F2 refuses new questions, finishes its answers for every reader, and exits with 0", async () => {
    await using fleet = await startFleet()
    const chat = await fleet.chat()
    const leaving = fleet.server(0)
    fleet.model.hold()
    const first = await chat.ask(leaving, "say 100 words")
    const readers = [first, await chat.followLive(leaving), await chat.followLive(fleet.server(1))]
    fleet.model.release(50)
    await Promise.all(readers.map((tab) => tab.until("word50")))
    const exiting = leaving.stop("SIGTERM")
    await vi.waitUntil(async () => !(await isTakingRequests(leaving)), { timeout: hangMs })
    await expect(chat.ask(leaving, "say 1 words")).rejects.toMatchObject({ status: 503 })
    fleet.model.release()
    expect(await exiting).toBe(0)
    await chat.check()
    expect(readers.map((tab) => [tab.text, tab.reattached])).toEqual(readers.map(() => [wordsUpTo(100), 0]))
  })

  test("F2 leaves answers that outlast DRAIN_SECONDS to another server, and exits with 0", async () => {
    await using fleet = await startFleet({ environment: { DRAIN_SECONDS: "1" } })
    const chat = await fleet.chat()
    const [leaving, staying] = [fleet.server(0), fleet.server(1)]
    const address = { url: leaving.url }
    fleet.model.hold()
    const first = await chat.ask(address, "say 100 words")
    const second = await chat.followLive(staying)
    fleet.model.release(50)
    await Promise.all([first.until("word50"), second.until("word50")])
    address.url = staying.url
    expect(await leaving.stop("SIGTERM")).toBe(0)
    fleet.model.release()
    await chat.check()
    if (relay === "log") expect([first.text, second.text]).toEqual([wordsUpTo(100), wordsUpTo(100)])
  })

  test("F3 exits at once at a second signal, with its database intact", async () => {
    await using stage = await embeddedStage()
    const app = await stage.start()
    const chat = await openTestChat({ chatId: crypto.randomUUID(), history: historyWriter(), signInAt: () => app.url })
    stage.model.hold()
    const tab = await chat.ask(app, "count")
    stage.model.release(2)
    await tab.until("one two")
    const exiting = app.stop("SIGTERM")
    await vi.waitUntil(async () => !(await isTakingRequests(app)), { timeout: hangMs })
    // It would wait for its answer, which the model holds back, for an hour.
    await within(1_000, () => app.stop("SIGTERM"))
    expect(await exiting).toBe(1)
    await tab.leave()

    const again = await stage.start()
    const messages = await chat.request(again, `/api/chat/${chat.chatId}/messages`)
    expect(await messages.json()).toMatchObject({ messages: [{ role: "user" }, { role: "assistant" }] })
  })

  test("F3 may receive it during its start: it exits, and starts again on the same database", async () => {
    await using stage = await embeddedStage()
    for (const delayMs of [200, 700, 1_200]) {
      const starting = spawn(process.execPath, ["server.ts"], {
        env: stage.environment,
        stdio: ["ignore", "pipe", "ignore"],
      })
      let printed = ""
      starting.stdout.on("data", (bytes) => {
        printed += bytes
      })
      const closed = once(starting, "close")
      await wait(delayMs)
      const isReady = printed.includes("Rejoin is ready")
      starting.kill("SIGTERM")
      await closed
      // At once, and not when it has started.
      if (!isReady) expect(printed).not.toContain("Rejoin is ready")
    }
    const app = await stage.start()
    expect((await fetch(`${app.url}/api/health`)).status).toBe(200)
  })
})

/** A server alone with its embedded database, which outlives it. */
async function embeddedStage() {
  const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-"))
  const model = await startOpenAiServer()
  const own = { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model", STREAM_RELAY: relay, DRAIN_SECONDS: "3600" }
  const started: AppProcess[] = []
  return {
    model,
    environment: {
      ...process.env,
      ...own,
      NODE_ENV: "production" as const,
      DATA_DIR: dataDir,
      PORT: "0",
      HOST: "127.0.0.1",
    },
    async start() {
      const app = await startApp({ dataDir, environment: own })
      started.push(app)
      return app
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((app) => app.stop("SIGKILL")))
      await model.close()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

async function isTakingRequests({ url }: AppProcess): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`)).ok
  } catch {
    return false // nobody listens
  }
}
