import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { beforeEach, expect, onTestFinished, test } from "vitest"
import { keptSecret } from "#lib/auth/secret.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "secret-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

test("a secret is created once and kept, readable by its owner only", () => {
  const made = keptSecret(folder)
  expect(made).toMatch(/^[\w-]{43}$/)
  expect(keptSecret(folder)).toBe(made)
  expect(statSync(path.join(folder, "secret")).mode & 0o777).toBe(0o600)
})

test("a missing folder is created", () => {
  expect(keptSecret(path.join(folder, "new", "data"))).toHaveLength(43)
})

test("processes that start at once all get the same secret, and leave no other files behind", async () => {
  const script = `import { keptSecret } from "#lib/auth/secret.ts"; console.log(keptSecret(process.argv[1]))`
  const start = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, folder])
  const started = await Promise.all(Array.from({ length: 6 }, start))
  expect(new Set(started.map(({ stdout }) => stdout))).toEqual(new Set([`${keptSecret(folder)}\n`]))
  expect(readdirSync(folder)).toEqual(["secret"])
})

test("a damaged secret is refused with a sentence, not replaced", () => {
  writeFileSync(path.join(folder, "secret"), "short")
  expect(() => keptSecret(folder)).toThrow(/secret holds fewer than 32 characters: delete it/)
})
