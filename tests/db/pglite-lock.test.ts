import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { expect, onTestFinished, test } from "vitest"
import { openDatabase } from "#db/client.ts"
import { lockFolder } from "#db/pglite-lock.ts"
import { user } from "#db/schema.ts"
import { openTestDatabase } from "#tests/support/databases/databases.ts"

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "lock-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return path.join(folder, "database")
}

function startWriter(folder: string): ChildProcess & { errors: () => string } {
  const writer = spawn(process.execPath, ["tests/support/databases/pglite-writer.ts", folder])
  onTestFinished(() => void writer.kill("SIGKILL"))
  let errors = ""
  writer.stderr.on("data", (text) => {
    errors += text
  })
  return Object.assign(writer, { errors: () => errors })
}

/**
 * Kills the writer without warning after it has printed `count` ids.
 * @returns everything that it printed
 */
async function killAfter(writer: ReturnType<typeof startWriter>, count: number): Promise<string[]> {
  const ids: string[] = []
  if (!writer.stdout) throw new Error("the writer has no output")
  for await (const id of createInterface({ input: writer.stdout })) {
    ids.push(id)
    if (ids.length === count) writer.kill("SIGKILL")
  }
  if (ids.length < count) throw new Error(`the writer ended early: ${writer.errors()}`)
  return ids
}

test("F24 a second process is refused with a sentence that names the first, which continues", async () => {
  const database = await openTestDatabase("pglite")
  onTestFinished(() => database.close())
  const second = startWriter(database.address)
  const [exitCode] = await once(second, "exit")
  expect(exitCode).not.toBe(0)
  expect(second.errors()).toContain(
    `The embedded database in ${database.address} is in use by another process (id ${process.pid}). ` +
      "Stop that one, or set DATABASE_URL so that both share a Postgres.",
  )
  expect(await database.ping(1000)).toBe(true)
})

test("F24 of ten processes that ask at once one gets the lock, and its release frees the lock", () => {
  const folder = temporaryFolder()
  const unlock = lockFolder(folder)
  for (let attempt = 0; attempt < 9; attempt++) expect(() => lockFolder(folder)).toThrow("in use by another process")
  unlock()
  lockFolder(folder)()
})

test("F24 F25 after each of three kills under load, the next process takes over and finds every acknowledged row", async () => {
  const folder = temporaryFolder()
  const acknowledged: string[] = []
  for (let life = 0; life < 3; life++) acknowledged.push(...(await killAfter(startWriter(folder), 200)))
  const database = await openDatabase({ database: { kind: "pglite", folder } })
  onTestFinished(() => database.close())
  const stored = new Set((await database.db.select({ id: user.id }).from(user)).map(({ id }) => id))
  expect(acknowledged.length).toBeGreaterThanOrEqual(600)
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
}, 60_000)

test("a folder is unlocked when its database cannot be opened", async () => {
  const folder = temporaryFolder()
  const failing = openDatabase({ database: { kind: "pglite", folder }, migrationsFolder: "no-such-folder" })
  await expect(failing).rejects.toThrow("_journal.json")
  lockFolder(folder)()
})
