import { once } from "node:events"
import { afterEach, expect, test } from "vitest"
import { consoleToLog } from "#lib/log/console-log.ts"

let giveBack: (() => void) | undefined
afterEach(() => giveBack?.())

function lines(): string[] {
  const written: string[] = []
  giveBack = consoleToLog("debug", { write: (line) => void written.push(line) })
  return written
}

test("I8 any output of a library is a line of the log, in JSON", () => {
  const written = lines()
  console.log("two\nlines %d", 7)
  console.warn("\u001b[33mcoloured\u001b[0m", { a: 1 })
  console.error("it failed:", new Error("no luck"))
  console.info("")
  const read = written.map((line) => JSON.parse(line))
  expect(written.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true)
  expect(read).toMatchObject([
    { level: 30, msg: "two\nlines 7" },
    { level: 40, msg: "coloured { a: 1 }" },
    { level: 50, msg: expect.stringMatching(/^it failed: Error: no luck\n +at /) },
  ])
})

test("I8 secrets that a library prints do not reach the log", () => {
  const written = lines()
  console.log("connecting to postgres://rejoin:Zm9vYmFyMTIz@db.internal/rejoin")
  expect(written.join()).not.toContain("Zm9vYmFyMTIz")
})

test("I8 a warning of the process is a line of the log", async () => {
  const written = lines()
  const warned = once(process, "warning")
  process.emitWarning("a setting is old", "DeprecationWarning")
  await warned
  expect(JSON.parse(written.join(""))).toMatchObject({
    level: 40,
    msg: expect.stringContaining("DeprecationWarning: a setting is old"),
  })
})
