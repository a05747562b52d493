import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { GET } from "#app/api/health/route.ts"
import { startGate } from "#lib/http/starting.ts"

async function listening(holdMs?: number) {
  const gate = startGate(holdMs)
  const server = createServer(gate.listener).listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { gate, url: `http://127.0.0.1:${port}` }
}

test("the health check of a starting server answers at once that it is starting", async () => {
  const { gate, url } = await listening()
  const response = await fetch(`${url}/api/health?from=probe`)
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"])
  expect(await response.json()).toMatchObject({ status: "starting" })
  expect((await fetch(`${url}/api/health`, { method: "HEAD" })).status).toBe(503)
  gate.open((_request, response) => void response.end("ready"))
  expect(await (await fetch(`${url}/api/health`)).text()).toBe("ready")
})

test("other requests during the start are answered once the server is ready", async () => {
  const { gate, url } = await listening()
  const asked = fetch(`${url}/api/chat`, { method: "POST", body: "a question" })
  await fetch(`${url}/api/health`)
  gate.open(async (request, response) => {
    const pieces: Buffer[] = await request.toArray()
    response.end(`heard ${Buffer.concat(pieces)}`)
  })
  expect(await (await asked).text()).toBe("heard a question")
})

test("requests that have waited too long for the start are refused with a time to retry", async () => {
  const { url } = await listening(1)
  const response = await fetch(`${url}/api/chat`, { method: "POST", body: "a question" })
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"])
  expect(await response.json()).toMatchObject({ error: { code: "starting", retryable: true } })
})

test("the health check reports services still being built even after Next has begun to serve", async () => {
  globalThis.rejoinServices = new Promise(() => undefined)
  onTestFinished(() => {
    globalThis.rejoinServices = undefined
  })
  const response = await GET(new Request("http://127.0.0.1/api/health"), { params: Promise.resolve({}) })
  expect([response.status, await response.json()]).toEqual([503, expect.objectContaining({ status: "starting" })])
})
