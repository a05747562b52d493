import { AwsClient } from "aws4fetch"
import type { FileStore } from "./file-store.ts"

export interface S3FileStoreOptions {
  /** the server, without the bucket */
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** for each request, in ms; default 15 s: ten megabytes from a store nearby */
  timeoutMs?: number
}

/** Any server that speaks S3, addressed by path: AWS, R2, MinIO, Ceph, … */
export function s3FileStore(options: S3FileStoreOptions): FileStore {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey, timeoutMs = 15_000 } = options
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 1 })
  const base = `${endpoint.replace(/\/$/, "")}/${encodeURIComponent(bucket)}/uploads`

  async function request(method: string, id: string, body?: Uint8Array<ArrayBuffer>): Promise<Response> {
    const response = await client.fetch(`${base}/${encodeURIComponent(id)}`, {
      method,
      ...(body && { body, headers: { "content-type": "application/octet-stream" } }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.ok || response.status === 404) return response
    await response.body?.cancel()
    throw new Error(`the file store answered ${response.status} to ${method}`)
  }

  return {
    name: "s3",

    async put(id, bytes) {
      const response = await request("PUT", id, bytes)
      await response.body?.cancel()
      if (!response.ok) throw new Error("the file store has no such bucket")
    },

    async get(id) {
      const response = await request("GET", id)
      if (response.ok) return new Uint8Array(await response.arrayBuffer())
      await response.body?.cancel()
      return undefined
    },

    async delete(id) {
      const response = await request("DELETE", id)
      await response.body?.cancel()
    },
  }
}
