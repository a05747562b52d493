import { execFile } from "node:child_process"
import { globSync } from "node:fs"
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"

const biome = path.resolve("node_modules/@biomejs/biome/bin/biome")

const forbidden: [file: string, imported: string][] = [
  ["components/a.tsx", "#lib/services.ts"],
  ["components/b.tsx", "#lib/turns/begin.ts"],
  ["components/c.tsx", "#db/client.ts"],
  ["hooks/a.ts", "#components/messages/message.tsx"],
  ["hooks/b.ts", "#lib/config.ts"],
  ["lib/transports/a.ts", "#hooks/use-auto-resume.ts"],
  ["lib/transports/b.ts", "../relay/relay.ts"],
  ["lib/generation/a.ts", "#lib/services.ts"],
  ["lib/generation/b.ts", "#lib/http/route.ts"],
  ["lib/generation/c.ts", "resumable-stream"],
  ["lib/relay/a.ts", "#lib/turns/begin.ts"],
  ["lib/relay/b.ts", "#db/client.ts"],
  ["lib/relay/c.ts", "ioredis"],
  ["lib/relay/stores/a.ts", "../../generation/begin.ts"],
  ["lib/files/a.ts", "#lib/turns/begin.ts"],
  ["lib/files/b.ts", "#lib/relay/relay.ts"],
  ["lib/models/a.ts", "#lib/relay/relay.ts"],
  ["db/a.ts", "#lib/relay/relay.ts"],
  ["db/b.ts", "#lib/services.ts"],
  ["db/repository/a.ts", "pg"],
  ["lib/chat-protocol.ts", "#lib/config.ts"],
  ["lib/auth/session.ts", "#lib/services.ts"],
]

const allowed: [file: string, imported: string][] = [
  ["components/z.tsx", "#hooks/use-auto-resume.ts"],
  ["components/y.tsx", "#lib/chat-protocol.ts"],
  ["components/x.tsx", "#lib/bytes-in-json.ts"],
  ["lib/generation/z.ts", "#lib/relay/relay.ts"],
  ["lib/relay/pubsub-relay.ts", "resumable-stream/generic"],
  ["lib/files/z.ts", "#lib/errors.ts"],
  ["lib/generation/y.ts", "#lib/files/uploads.ts"],
  ["app/api/z/route.ts", "#lib/services.ts"],
]

/** Our rules, over files that hold one line each, in a project of their own. */
let folder: string
let complaints: string[]

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "layers-"))
  await Promise.all(["biome.json", "package.json"].map((file) => cp(file, path.join(folder, file))))
  for (const [file, imported] of [...forbidden, ...allowed])
    await put(file, `import { x } from "${imported}"\nexport const y = x\n`)
  for (const file of ["lib/generation/environment.ts", "components/environment.tsx", "lib/config.ts"])
    await put(file, "export const x = process.env.HOME\n")
  await put("lib/circle-a.ts", 'import { b } from "./circle-b.ts"\nexport const a = () => b\n')
  await put("lib/circle-b.ts", 'import { a } from "./circle-a.ts"\nexport const b = () => a\n')
  complaints = await lint()
})

afterAll(() => rm(folder, { recursive: true }))

test.each(forbidden)("%s may not import %s", (file) => {
  expect(complaints).toContain(`${file} lint/style/noRestrictedImports`)
})

test.each(allowed)("%s may import %s", (file) => {
  expect(complaints).not.toContain(`${file} lint/style/noRestrictedImports`)
})

test("the environment is read in lib/config.ts and nowhere else", () => {
  expect(complaints).toContain("lib/generation/environment.ts lint/style/noProcessEnv")
  expect(complaints).toContain("components/environment.tsx lint/style/noProcessEnv")
  expect(complaints).not.toContain("lib/config.ts lint/style/noProcessEnv")
})

test("imports in a circle are refused", () => {
  expect(complaints).toContain("lib/circle-a.ts lint/suspicious/noImportCycles")
})

test("L13 no page joins signals but by firstToAbort, whose signal WebKit's garbage collector leaves alone", async () => {
  const files = globSync("{app,components,hooks,lib/transports}/**/*.{ts,tsx}")
  expect(files).toContain("lib/transports/first-to-abort.ts")
  const sources = await Promise.all(files.map((file) => readFile(file, "utf8")))
  const joining = files.filter((_, index) => /AbortSignal\.any\(/.test(sources[index] ?? ""))
  expect(joining).toEqual(["lib/transports/first-to-abort.ts"])
})

test("B67 nothing can be called but the addresses of the contract: no file of ours holds a Server Action", async () => {
  const files = globSync("{app,components,db,hooks,lib}/**/*.{ts,tsx}")
  expect(files.length).toBeGreaterThan(100)
  const sources = await Promise.all(files.map((file) => readFile(file, "utf8")))
  expect(files.filter((_, index) => /["'`]use server["'`]/.test(sources[index] ?? ""))).toEqual([])
})

async function put(file: string, code: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
  await writeFile(path.join(folder, file), code)
}

/** @returns "<file> <rule>" for each complaint */
async function lint(): Promise<string[]> {
  const options = ["lint", "--vcs-enabled=false", "--max-diagnostics=none", "--reporter=github"]
  const run = promisify(execFile)(process.execPath, [biome, ...options], { cwd: folder })
  const { stdout } = await run.catch((failed: { stdout: string }) => failed)
  return [...stdout.matchAll(/title=(?<rule>[^,]+),file=(?<file>[^,]+),/g)].map(
    ({ groups }) => `${path.relative(folder, groups?.file ?? "")} ${groups?.rule}`,
  )
}
