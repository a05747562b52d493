import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { copyPrepared } from "#db/prepared-folder.ts"

async function folders() {
  const root = await mkdtemp(path.join(tmpdir(), "prepared-"))
  onTestFinished(() => rm(root, { recursive: true }))
  const [prepared, folder] = [path.join(root, "prepared"), path.join(root, "database")]
  for (const each of [prepared, folder]) await mkdir(each)
  return { prepared, folder }
}

test("a database prepared by the build is copied to an empty place, and nowhere else", async () => {
  const { prepared, folder } = await folders()
  expect(await copyPrepared(folder, prepared)).toBe(false)
  await writeFile(path.join(prepared, "PG_VERSION"), "17")
  await mkdir(`${folder}.new`) // a process died here
  expect(await copyPrepared(folder, prepared)).toBe(true)
  expect(await readdir(folder)).toEqual(["PG_VERSION"])
  await writeFile(path.join(folder, "mine"), "")
  expect(await copyPrepared(folder, prepared)).toBe(false)
  expect(await readdir(folder)).toEqual(["PG_VERSION", "mine"])
})
