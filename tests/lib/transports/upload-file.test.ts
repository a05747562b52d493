// @vitest-environment jsdom
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test, vi } from "vitest"
import { problemTexts } from "#lib/transports/problem-texts.ts"
import { uploadFile } from "#lib/transports/upload-file.ts"

/** Vitest's global for the page that it makes. */
declare const jsdom: { reconfigure(settings: { url: string }): void }

const stored = { url: "/api/files/1", mediaType: "text/plain", filename: "notes.txt" }
const page = (status: number) => (response: ServerResponse) =>
  response.writeHead(status, { "content-type": "text/html" }).end("<h1>nginx</h1>")
const takes = (response: ServerResponse) =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(stored))

test.each([502, 503, 500, 520, 200])("P1 a file that meets a proxy's %d is sent again, and stored", async (status) => {
  const { upload, requests, progress } = await uploadTo(page(status), takes)
  expect(await upload()).toEqual({ type: "file", ...stored })
  expect(requests).toEqual(["POST /api/files notes", "POST /api/files notes"])
  expect(progress).toHaveBeenCalledWith(0)
})

test("P4 a file too large for a proxy is reported as that, and not sent again", async () => {
  const { upload, requests } = await uploadTo(page(413), takes)
  await expect(upload()).rejects.toMatchObject({ message: problemTexts.fileTooLarge, isRetryable: false })
  expect(problemTexts.fileTooLarge).toContain("A proxy in front of this server refuses files this large")
  expect(requests).toHaveLength(1)
})

test("our own server's refusal is reported in its own words", async () => {
  const error = { code: "file_too_large", message: "A file can be at most 10 MB.", requestId: "1", retryable: false }
  const { upload } = await uploadTo((response) =>
    response.writeHead(413, { "content-type": "application/json" }).end(JSON.stringify({ error })),
  )
  await expect(upload()).rejects.toMatchObject({ code: "file_too_large", message: error.message })
})

test("a broken connection is reported at once, and the file can be sent again", async () => {
  const { upload, requests } = await uploadTo((response) => response.destroy())
  await expect(upload()).rejects.toMatchObject({ message: problemTexts.fileNotThrough, isRetryable: true })
  expect(requests).toHaveLength(1)
})

async function uploadTo(...answers: ((response: ServerResponse) => void)[]) {
  const requests: string[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    // The page keeps its first origin, whatever address it is given.
    for (const what of ["origin", "headers"]) response.setHeader(`access-control-allow-${what}`, "*")
    if (request.method === "OPTIONS") return void response.writeHead(204).end()
    let body = ""
    for await (const bytes of request) body += bytes
    requests.push(`${request.method} ${request.url} ${body}`)
    answers.shift()?.(response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  jsdom.reconfigure({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }) // listening on TCP: no path
  vi.spyOn(console, "error").mockImplementation(() => undefined) // the page's own word on a broken connection
  const progress = vi.fn()
  const { signal } = new AbortController()
  const upload = () =>
    uploadFile(new File(["notes"], "notes.txt", { type: "text/plain" }), { onProgress: progress, signal })
  return { upload, requests, progress }
}
