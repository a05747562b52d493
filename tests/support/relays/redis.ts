import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { Redis } from "ioredis"
import { freePort } from "../databases/postgres.ts"
import { findOrInstall } from "../debian.ts"
import { killAtExit } from "../kill-at-exit.ts"

export interface TestRedis {
  readonly url: string
  readonly port: number
  /** Kills it, with all its data. */
  stop(): Promise<void>
  /** Restarts it, empty, at the same address; does nothing if it is running. */
  start(): Promise<void>
  /** Freezes it: it keeps its connections and answers nothing. */
  freeze(): void
  thaw(): void
  /** Asks the server itself, as `redis-cli` would. */
  command(name: string, ...parameters: string[]): Promise<unknown>
}

/** Starts a real, empty Redis that stores nothing on disk. */
export async function startRedis(): Promise<TestRedis> {
  const program = findOrInstall("redis-server", "redis-server")
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const settings = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"]
  let server: ChildProcess | undefined
  const isRunning = () => server?.exitCode === null && server.signalCode === null

  async function start(): Promise<void> {
    if (isRunning()) return
    server = spawn(program, settings, { stdio: "ignore" })
    killAtExit(server)
    await untilItAnswers(port)
  }

  async function stop(): Promise<void> {
    if (!server || !isRunning()) return
    const exited = once(server, "exit")
    server.kill("SIGKILL")
    await exited
  }

  await start()
  return {
    url,
    port,
    stop,
    start,
    freeze: () => void server?.kill("SIGSTOP"),
    thaw: () => void server?.kill("SIGCONT"),
    async command(name, ...parameters) {
      const client = new Redis(url)
      try {
        return await client.call(name, ...parameters)
      } finally {
        client.disconnect()
      }
    },
  }
}

async function untilItAnswers(port: number): Promise<void> {
  const lastTryMs = performance.now() + 10_000
  for (;;) {
    const socket = connect(port, "127.0.0.1")
    try {
      await once(socket, "connect")
      return
    } catch (error) {
      if (performance.now() > lastTryMs) throw error
      await wait(20)
    } finally {
      socket.destroy()
    }
  }
}
