import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { localFileStore } from "#lib/files/local-file-store.ts"
import { bytesOf, fileStoreContract, textIn } from "#tests/contracts/file-store-contract.ts"

fileStoreContract("local", async () => localFileStore(await freshFolder()))

test("an id cannot lead out of the folder, and no unfinished file is left", async () => {
  const folder = await freshFolder()
  const store = localFileStore(path.join(folder, "uploads"))
  await store.put("../../escaped", bytesOf("still inside"))
  expect(await readdir(folder)).toEqual(["uploads"])
  expect(await readdir(path.join(folder, "uploads"))).toEqual(["escaped"])
  expect(await textIn(store, "../../escaped")).toBe("still inside")
})

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "files-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
