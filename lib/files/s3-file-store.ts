import { AwsClient } from "aws4fetch"
import { withinLimit } from "#lib/limits/time-limit.ts"
import type { FileStore } from "./file-store.ts"

export interface S3FileStoreOptions {
  /** URL of the server, without the bucket */
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** per request (default 15 s: ten megabytes from a nearby store) */
  timeoutMs?: number
}

/** Stores files on any S3-compatible server, addressed by path: AWS, R2, MinIO, Ceph, … */
export function s3FileStore(options: S3FileStoreOptions): FileStore {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey, timeoutMs = 15_000 } = options
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 1 })
  const base = `${endpoint.replace(/\/$/, "")}/${encodeURIComponent(bucket)}/uploads`

  /** Sends one request. @returns the response's bytes; undefined if there is no such file. @throws also on a timeout */
  function request(
    method: string,
    id: string,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return withinLimit(timeoutMs, async (signal) => {
      const response = await client.fetch(`${base}/${encodeURIComponent(id)}`, {
        method,
        ...(body && { body, headers: { "content-type": "application/octet-stream" } }),
        signal,
      })
      if (response.ok && method === "GET") return new Uint8Array(await response.arrayBuffer())
      await response.body?.cancel()
      if (response.ok) return new Uint8Array()
      if (response.status === 404) return undefined
      throw new Error(`the file store answered ${response.status} to ${method}`)
    })
  }

  return {
    name: "s3",

    async put(id, bytes) {
      if (!(await request("PUT", id, bytes))) throw new Error("the file store has no such bucket")
    },

    get: (id) => request("GET", id),

    async delete(id) {
      await request("DELETE", id)
    },
  }
}
