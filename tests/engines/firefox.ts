import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { connect, type Socket } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { findOrInstall } from "#tests/support/debian.ts"
import type { Engine } from "./engine.ts"

/** Speaks Marionette directly, because Debian has Firefox but no geckodriver. */
export async function startFirefox(): Promise<Engine> {
  const program = findOrInstall("firefox-esr", "firefox-esr")
  const profile = await mkdtemp(path.join(tmpdir(), "rejoin-firefox-"))
  await writeFile(
    path.join(profile, "user.js"),
    preferences.map(([name, value]) => `user_pref("${name}", ${value});\n`).join(""),
  )
  const browser = spawn(program, ["--headless", "--marionette", "--no-remote", "--profile", profile], {
    stdio: "ignore",
    env: { ...process.env, HOME: profile, MOZ_HEADLESS_WIDTH: "1280", MOZ_HEADLESS_HEIGHT: "800" },
  })
  const exited = once(browser, "exit")
  const marionette = await connectMarionette(profile)
  await marionette.send("WebDriver:NewSession", {})
  return {
    name: "Firefox",
    async call(command, parameters = {}) {
      const result = await marionette.send(`WebDriver:${command}`, parameters)
      return typeof result === "object" && result !== null && "value" in result ? result.value : result
    },
    async close() {
      marionette.close()
      browser.kill("SIGKILL")
      await exited
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const preferences: [name: string, value: string][] = [
  ["marionette.port", "0"],
  ["browser.shell.checkDefaultBrowser", "false"],
  ["datareporting.policy.dataSubmissionEnabled", "false"],
  ["app.update.enabled", "false"],
  ["extensions.update.enabled", "false"],
  ["network.captive-portal-service.enabled", "false"],
  ["network.connectivity-service.enabled", "false"],
  ["browser.startup.page", "0"],
  ["browser.tabs.remote.autostart", "true"],
]

interface Marionette {
  send(command: string, parameters: Record<string, unknown>): Promise<unknown>
  close(): void
}

/** A message is its length in bytes, a colon, and JSON: `[0, id, command, parameters]`, answered by `[1, id, error, result]`. */
async function connectMarionette(profile: string): Promise<Marionette> {
  const socket = await connectWhenReady(profile)
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let received = Buffer.alloc(0)
  let lastId = 0
  socket.on("data", (bytes) => {
    received = Buffer.concat([received, bytes])
    for (;;) {
      const colon = received.indexOf(":")
      const length = Number(received.subarray(0, colon))
      if (colon === -1 || received.length < colon + 1 + length) return
      take(JSON.parse(received.subarray(colon + 1, colon + 1 + length).toString()))
      received = received.subarray(colon + 1 + length)
    }
  })
  socket.on("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("Firefox has gone"))
  })

  function take(message: unknown): void {
    if (!Array.isArray(message)) return // its greeting
    const [, id, error, result] = message
    const answer = waiting.get(id)
    waiting.delete(id)
    if (error) answer?.reject(new Error(`${error.error}: ${error.message}`))
    else answer?.resolve(result)
  }

  return {
    send(command, parameters) {
      lastId += 1
      const answer = Promise.withResolvers<unknown>()
      waiting.set(lastId, answer)
      const text = JSON.stringify([0, lastId, command, parameters])
      socket.write(`${Buffer.byteLength(text)}:${text}`)
      return answer.promise
    },
    close: () => socket.destroy(),
  }
}

const startMs = 150_000

/** It writes its port into its profile when it listens. */
async function connectWhenReady(profile: string): Promise<Socket> {
  const givenUp = AbortSignal.timeout(startMs)
  for (;;) {
    givenUp.throwIfAborted()
    const port = await readFile(path.join(profile, "MarionetteActivePort"), "utf8").catch(() => undefined)
    if (port) {
      const socket = connect(Number(port), "127.0.0.1")
      await once(socket, "connect")
      return socket
    }
    await sleep(100)
  }
}
