import { execFile } from "node:child_process"
import { expect, test } from "vitest"

test("a server that cannot start says why on standard error, even if its log is silent, and without secrets", async () => {
  const { code, stderr } = await started({ LOG_LEVEL: "silent", PORT: "-1", REDIS_URL: "redis://:Zm9vYmFyMTIz@h:1" })
  expect(code).toBe(1)
  expect(stderr).toContain("PORT")
  expect(stderr).not.toContain("Zm9vYmFyMTIz")
})

test("an unexpected error at the start is printed unchanged, past the log", async () => {
  const server = `
    const { consoleToLog } = await import("#lib/log/console-log.ts")
    const { endFailedStart } = await import("#lib/log/failed-start.ts")
    consoleToLog("silent")
    endFailedStart(new TypeError("no disk", { cause: new Error("postgres://rejoin:Zm9vYmFyMTIz@db") }), { isForeseen: false })`
  const { code, stderr } = await run(["--input-type=module", "-e", server], {})
  expect(code).toBe(1)
  expect(stderr).toMatch(/^TypeError: no disk\n +at /)
  expect(stderr).not.toContain("Zm9vYmFyMTIz")
})

type Settings = Omit<NodeJS.ProcessEnv, "NODE_ENV">

const started = (environment: Settings) => run(["server.ts"], environment)

function run(parameters: string[], environment: Settings): Promise<{ code: unknown; stderr: string }> {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, NODE_ENV: "production", ...environment }
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { env }, (error, _stdout, stderr) => resolve({ code: error?.code, stderr }))
  })
}
