/**
 * `npm run conformance`: runs the public conformance suite of Durable Streams against our read side, over every store,
 * and ends with 1 if any case about reading fails. It installs the suite once, outside this project, from npm.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { z } from "zod"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { redisStore } from "#lib/relay/stores/redis.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { upstashStore } from "#lib/relay/stores/upstash.ts"
import { startRedis } from "#tests/support/relays/redis.ts"
import { startUpstash } from "#tests/support/relays/upstash-server.ts"
import { type CaseResult, failedCases, resultTable } from "./results.ts"
import { startTestServer } from "./test-server.ts"

const suite = path.join(import.meta.dirname, "suite")

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
})

async function install(): Promise<string> {
  const lock = readFileSync(path.join(suite, "package-lock.json"))
  const folder = path.join(
    tmpdir(),
    `rejoin-conformance-${createHash("sha256").update(lock).digest("hex").slice(0, 16)}`,
  )
  if (!existsSync(folder)) {
    // Renamed when it is whole, so that an installation that was broken off is not taken for one.
    const unfinished = `${folder}.${process.pid}`
    mkdirSync(unfinished)
    for (const file of ["package.json", "package-lock.json"])
      cpSync(path.join(suite, file), path.join(unfinished, file))
    await ended(
      spawn("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: unfinished, stdio: "inherit" }),
    )
    if (existsSync(folder)) rmSync(unfinished, { recursive: true })
    else renameSync(unfinished, folder)
  }
  cpSync(path.join(suite, "suite.mjs"), path.join(folder, "suite.test.mjs"))
  return folder
}

async function runSuite(folder: string, url: string): Promise<CaseResult[]> {
  const report = path.join(folder, `results-${process.pid}.json`)
  const vitest = path.join(folder, "node_modules/vitest/vitest.mjs")
  const options = ["run", "--root", folder, "--reporter=json", `--outputFile=${report}`, "--testTimeout=60000"]
  // Cases beyond reading fail, and so does the suite as a whole.
  const running = spawn(process.execPath, [vitest, ...options], {
    env: { ...process.env, CONFORMANCE_URL: url },
    stdio: ["ignore", "ignore", "inherit"],
  })
  await once(running, "exit")
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, "utf8")))
  rmSync(report)
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => {
      return { titles: [...ancestorTitles, title], hasPassed: status === "passed" }
    }),
  )
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = await once(child, "exit")
  if (code !== 0) throw new Error(`${child.spawnargs.join(" ")} ended with ${code}`)
}

const folder = await install()
const redis = await startRedis()
const upstash = await startUpstash(redis.url)
const memory = memoryStore()
const stores: (() => [Store, Store])[] = [
  () => [memory, memory],
  () => [redisStore(redis), redisStore(redis)],
  () => [upstashStore(upstash), upstashStore(upstash)],
]
let isConforming = true
for (const openStores of stores) {
  const pair = openStores()
  const { name } = pair[0]
  const server = await startTestServer(...pair)
  console.info(`\n── Durable Streams over ${name}`)
  const results = await runSuite(folder, server.url)
  console.info(resultTable(results))
  for (const failed of failedCases(results)) {
    isConforming = false
    console.error(`failed: ${failed}`)
  }
  await server.close()
  await Promise.all(pair.map((store) => store.close()))
}
await upstash.stop()
await redis.stop()
process.exit(isConforming ? 0 : 1)
