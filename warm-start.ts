/**
 * Ends `npm run build` by starting the built server once on an empty folder. Later starts find compiled code
 * (`.next/compile-cache`) and a migrated embedded database (`.next/embedded-database`), which together are most of a
 * first start. It also marks the first page's scripts to be compiled while they load. Everything works without it, only
 * more slowly.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { preparedFolder } from "#db/prepared-folder.ts"

const limitMs = 120_000
/**
 * Browsers compile a function on its first call, on the thread that paints. A script that begins with this line is
 * compiled on another thread while it loads (V8's explicit compile hints, from Chrome 136; a comment to other
 * browsers). Measured on a phone's first page: blocked for 64 ms instead of 327.
 */
const compileHint = "//# allFunctionsCalledOnLoad\n"
/** Whatever the machine's environment says, this start contacts nothing outside. */
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
  const firstPage = await startOnce(dataDir)
  // Neither needs the other.
  const results = await Promise.allSettled([keepDatabase(dataDir), hintScripts(firstPage)])
  for (const result of results) if (result.status === "rejected") warn(result.reason)
  if (results.every(({ status }) => status === "fulfilled")) console.info("The first start is prepared.")
} catch (error) {
  warn(error)
} finally {
  await rm(dataDir, { recursive: true, force: true })
}

function warn(error: unknown): void {
  const reason = error instanceof Error ? error.message : error
  console.warn(`The first start could not be prepared completely; it will take longer. ${reason}`)
}

/** Starts the server once. @returns the HTML of the first page */
async function startOnce(folder: string): Promise<string> {
  const env: NodeJS.ProcessEnv = {
    ...nothingOutside,
    NODE_ENV: "production",
    DATA_DIR: folder,
    PORT: "0",
    HOST: "127.0.0.1",
  }
  const server = spawn(process.execPath, ["server.ts"], { env, stdio: ["ignore", "pipe", "inherit"], timeout: limitMs })
  const exited = once(server, "exit")
  let firstPage = ""
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /Rejoin is ready: ([^\s"]+)/.exec(line)?.[1]
    if (!url) continue
    await fetch(`${url}/api/health`).then((response) => response.arrayBuffer())
    firstPage = await fetch(url).then((response) => response.text())
    server.kill("SIGTERM")
  }
  const [code] = await exited
  if (code !== 0) throw new Error(`It ended with ${code}.`)
  return firstPage
}

async function keepDatabase(folder: string): Promise<void> {
  const target = preparedFolder()
  await rm(target, { recursive: true, force: true })
  // Moved into place once it is complete.
  await cp(path.join(folder, "database"), `${target}.new`, { recursive: true })
  await rename(`${target}.new`, target)
}

async function hintScripts(page: string): Promise<void> {
  const chunks = new Set([...page.matchAll(/_next\/(static\/chunks\/[\w~.-]+\.js)/g)].map(([, file = ""]) => file))
  for (const chunk of chunks) {
    const file = path.join(".next", chunk)
    const script = await readFile(file, "utf8")
    if (!script.startsWith(compileHint)) await writeFile(file, compileHint + script)
  }
}
