/**
 * The end of `npm run build`: starts what was built once, on an empty folder. Later starts find the code compiled
 * (`.next/compile-cache`) and an embedded database that is made and migrated already (`.next/embedded-database`), which
 * together are most of what a first start takes. Without it everything works as well, only later.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cp, mkdtemp, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { preparedFolder } from "#db/prepared-folder.ts"

const limitMs = 120_000
/** Whatever the machine is set up for, this start reaches for nothing outside. */
const nothingOutside = Object.fromEntries(
  [
    "DATABASE_URL",
    "REDIS_URL",
    "UPSTASH_REDIS_REST_URL",
    "UPSTASH_REDIS_REST_TOKEN",
    "MCP_SERVERS",
    "S3_ENDPOINT",
    "S3_BUCKET",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "BETTER_AUTH_SECRET",
    "METRICS_TOKEN",
  ].map((name) => [name, ""]),
)

const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-warm-"))
try {
  await startOnce(dataDir)
  const target = preparedFolder()
  await rm(target, { recursive: true, force: true })
  // Moved into place once it is whole.
  await cp(path.join(dataDir, "database"), `${target}.new`, { recursive: true })
  await rename(`${target}.new`, target)
  console.info("The first start is prepared.")
} catch (error) {
  console.warn(
    `The first start could not be prepared; it will take longer. ${error instanceof Error ? error.message : error}`,
  )
} finally {
  await rm(dataDir, { recursive: true, force: true })
}

async function startOnce(folder: string): Promise<void> {
  const env: NodeJS.ProcessEnv = {
    ...nothingOutside,
    NODE_ENV: "production",
    DATA_DIR: folder,
    PORT: "0",
    HOST: "127.0.0.1",
  }
  const server = spawn(process.execPath, ["server.ts"], { env, stdio: ["ignore", "pipe", "inherit"], timeout: limitMs })
  const exited = once(server, "exit")
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /Rejoin is ready: ([^\s"]+)/.exec(line)?.[1]
    if (!url) continue
    for (const address of ["/api/health", "/"]) await fetch(url + address).then((response) => response.arrayBuffer())
    server.kill("SIGTERM")
  }
  const [code] = await exited
  if (code !== 0) throw new Error(`It ended with ${code}.`)
}
