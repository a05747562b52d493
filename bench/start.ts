/**
 * Measures a start: the server's CPU, user and system, from its first instruction to its first healthy response, on an
 * empty folder and on a used one. Built folders are compared start by start, so that a busy machine affects all
 * equally:
 *
 *     npm run build && node bench/start.ts [runs=5] [folder …]     (folders of other built checkouts, besides this one)
 *
 * Linux only: it reads /proc.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"

const [runs = "5", ...others] = process.argv.slice(2)
const checkouts = [process.cwd(), ...others]
/** Linux counts CPU in hundredths of a second. */
const ticksPerSecond = 100

const cpu = new Map<string, number[]>()
for (let run = 0; run < Number(runs); run++)
  for (const checkout of checkouts) {
    const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-start-"))
    for (const kind of ["fresh", "reopened"]) {
      const key = `${path.basename(checkout)}, ${kind}`
      cpu.set(key, [...(cpu.get(key) ?? []), await start(checkout, dataDir)])
    }
    await rm(dataDir, { recursive: true })
  }
for (const [key, seconds] of cpu) {
  const sorted = seconds.sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  console.info(`${key}: ${median.toFixed(2)} s CPU (${sorted.map((each) => each.toFixed(2)).join(", ")})`)
}

async function start(cwd: string, dataDir: string): Promise<number> {
  const port = await freePort()
  const env: NodeJS.ProcessEnv = {
    NODE_ENV: "production",
    DATA_DIR: dataDir,
    PORT: String(port),
    HOST: "127.0.0.1",
    BETTER_AUTH_SECRET: "",
    DATABASE_URL: "",
    REDIS_URL: "",
  }
  const server = spawn(process.execPath, ["server.ts"], { cwd, env, stdio: "ignore" })
  const exited = once(server, "exit")
  while (!(await isHealthy(port))) {
    if (server.exitCode !== null) throw new Error(`The server in ${cwd} ended with ${server.exitCode}`)
    await wait(20)
  }
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  server.kill("SIGTERM")
  await exited
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

async function isHealthy(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/api/health`).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  if (typeof address !== "object" || !address) throw new Error("not listening")
  return address.port
}
