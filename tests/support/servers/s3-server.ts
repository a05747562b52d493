/** A store that speaks as much S3 as ours uses, in memory. It takes nothing that is not signed with its key. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import type { S3FileStoreOptions } from "#lib/files/s3-file-store.ts"

export interface TestS3 {
  readonly options: S3FileStoreOptions
  /** by path */
  readonly objects: Map<string, Buffer>
  /** From now on every request is refused, or answered again. */
  refuseAll(isRefusing: boolean): void
  stop(): Promise<void>
}

export async function startS3(): Promise<TestS3> {
  const accessKeyId = "test-key"
  const objects = new Map<string, Buffer>()
  let isRefusing = false
  const signed = new RegExp(
    `^AWS4-HMAC-SHA256 Credential=${accessKeyId}/\\d{8}/us-east-1/s3/aws4_request, SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}$`,
  )

  const server = createServer(async (request, response) => {
    const path = request.url ?? ""
    const body = await buffer(request)
    const answer = (status: number, content: Buffer | string = "") => void response.writeHead(status).end(content)
    if (!signed.test(request.headers.authorization ?? "") || isRefusing) return answer(403, "<Error/>")
    if (!path.startsWith("/bucket/")) return answer(404, "<Error/>")
    if (request.method === "PUT") {
      objects.set(path, body)
      return answer(200)
    }
    if (request.method === "DELETE") {
      objects.delete(path)
      return answer(204)
    }
    const found = objects.get(path)
    answer(found ? 200 : 404, found ?? "<Error/>")
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // a TCP server that listens has one

  return {
    options: {
      endpoint: `http://127.0.0.1:${port}`,
      bucket: "bucket",
      region: "us-east-1",
      accessKeyId,
      secretAccessKey: "test-secret",
    },
    objects,
    refuseAll(refusing) {
      isRefusing = refusing
    },
    async stop() {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
