import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openDatabase } from "#db/client.ts"
import { user } from "#db/schema.ts"
import { within } from "#tests/support/within.ts"

/** @returns undefined if we may not mount */
function smallDisk(megabytes: number): string | undefined {
  if (process.getuid?.() !== 0) return undefined
  const folder = mkdtempSync(path.join(tmpdir(), "disk-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", folder]))
  return folder
}

test("F23 on a full disk every call is refused in bounded time; with space again, a restart has all that was stored", async ({
  skip,
}) => {
  const disk = smallDisk(80)
  if (!disk) return skip("needs the right to mount a small disk: run it as root")
  const options = { database: { kind: "pglite" as const, folder: path.join(disk, "database") } }
  const database = await openDatabase(options)
  await database.db.insert(user).values({ id: "first", name: "Ada", email: "ada@example.org" })

  const fill = async () => {
    // Random, or Postgres compresses it.
    for (let row = 0; row < 1000; row++)
      await database.db
        .insert(user)
        .values({ id: `row-${row}`, name: randomBytes(100_000).toString("hex"), email: `${row}` })
  }
  await expect(fill()).rejects.toThrow()
  await within(5_000, async () => {
    await expect(database.db.select().from(user)).rejects.toThrow()
    expect(await database.ping(1000)).toBe(false)
    await database.close().catch(() => undefined)
  })

  execFileSync("mount", ["-o", "remount,size=400m", disk])
  const restarted = await openDatabase(options)
  onTestFinished(() => restarted.close())
  const stored = await restarted.db.select({ id: user.id }).from(user)
  expect(stored.map(({ id }) => id)).toContain("first")
})
