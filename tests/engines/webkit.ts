import { type SpawnOptions, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { Readable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "#tests/support/databases/postgres.ts"
import { findOrInstall } from "#tests/support/debian.ts"
import { commands, type Engine } from "./engine.ts"

/** Starts a virtual screen, because WebKitGTK has no headless mode. */
export async function startWebKit(): Promise<Engine> {
  const driver = findOrInstall("WebKitWebDriver", "webkit2gtk-driver")
  const screen = await startScreen(findOrInstall("Xvfb", "xvfb"))
  const home = await mkdtemp(path.join(tmpdir(), "rejoin-webkit-"))
  const port = await freePort()
  const server = spawn(driver, [`--port=${port}`, "--host=127.0.0.1"], {
    stdio: "ignore",
    env: {
      ...process.env,
      HOME: home,
      XDG_RUNTIME_DIR: home,
      DISPLAY: screen.display,
      NO_AT_BRIDGE: "1",
      // The machine has no graphics card.
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
    },
  })
  const exited = once(server, "exit")
  const base = `http://127.0.0.1:${port}`
  await listens(base)
  const { sessionId } = (await ask(`${base}/session`, "POST", { capabilities: { alwaysMatch: {} } })) as {
    sessionId: string
  } // as the standard has it
  return {
    name: "WebKit",
    async call(command, parameters = {}) {
      const [method, address] = commands[command]
      return ask(`${base}/session/${sessionId}${address}`, method, method === "POST" ? parameters : undefined)
    },
    async close() {
      await ask(`${base}/session/${sessionId}`, "DELETE").catch(() => undefined) // it may be gone with its last window
      server.kill()
      await exited
      await screen.close()
      await rm(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function ask(address: string, method: string, body?: object): Promise<unknown> {
  const response = await fetch(address, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: unknown } // as the standard has it
  if (!response.ok) throw new Error(`${method} ${address}: ${JSON.stringify(value)}`)
  return value
}

async function startScreen(program: string): Promise<{ display: string; close(): Promise<void> }> {
  const options: SpawnOptions = { stdio: ["ignore", "ignore", "ignore", "pipe"] }
  const server = spawn(program, ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], options)
  const exited = once(server, "exit")
  const numbers = server.stdio?.[3] as Readable // opened as a pipe above
  const [number] = await Promise.race([once(numbers, "data"), exited.then(() => [undefined])])
  if (number === undefined) throw new Error("Xvfb did not start")
  return {
    display: `:${String(number).trim()}`,
    async close() {
      server.kill()
      await exited
    },
  }
}

const startMs = 150_000

async function listens(base: string): Promise<void> {
  const givenUp = AbortSignal.timeout(startMs)
  while (
    !(await fetch(`${base}/status`).then(
      (response) => response.ok,
      () => false,
    ))
  ) {
    givenUp.throwIfAborted()
    await sleep(100)
  }
}
