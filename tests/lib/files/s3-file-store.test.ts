import { randomUUID } from "node:crypto"
import { expect, onTestFinished, test } from "vitest"
import { s3FileStore } from "#lib/files/s3-file-store.ts"
import { bytesOf, fileStoreContract } from "#tests/contracts/file-store-contract.ts"
import { startS3, type TestS3 } from "#tests/support/servers/s3-server.ts"

fileStoreContract("s3", async () => s3FileStore((await freshS3()).options))

test("a file is stored under its id in the bucket", async () => {
  const s3 = await freshS3()
  const id = randomUUID()
  await s3FileStore(s3.options).put(id, bytesOf("here"))
  expect([...s3.objects.keys()]).toEqual([`/bucket/uploads/${id}`])
})

test("a refusing store is not reported as one without the file", async () => {
  const s3 = await freshS3()
  const store = s3FileStore(s3.options)
  s3.refuseAll(true)
  await expect(store.get(randomUUID())).rejects.toThrow("403")
  await expect(store.put(randomUUID(), bytesOf("x"))).rejects.toThrow("403")
  await expect(store.delete(randomUUID())).rejects.toThrow("403")
})

test("a missing bucket is reported when a file is stored", async () => {
  const s3 = await freshS3()
  const store = s3FileStore({ ...s3.options, bucket: "elsewhere" })
  await expect(store.put(randomUUID(), bytesOf("x"))).rejects.toThrow("no such bucket")
})

test("a request to an unreachable store is given up", async () => {
  const store = s3FileStore({ ...(await freshS3()).options, endpoint: "http://127.0.0.1:1", timeoutMs: 2_000 })
  await expect(store.get(randomUUID())).rejects.toThrow()
})

async function freshS3(): Promise<TestS3> {
  const s3 = await startS3()
  onTestFinished(() => s3.stop())
  return s3
}
