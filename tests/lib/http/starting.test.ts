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

test("a server that starts says so at once to whoever looks at its health", async () => {
  const { gate, url } = await listening()
  const response = await fetch(`${url}/api/health?from=probe`)
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"])
  expect(await response.json()).toMatchObject({ status: "starting" })
  expect((await fetch(`${url}/api/health`, { method: "HEAD" })).status).toBe(503)
  gate.open((_request, response) => void response.end("ready"))
  expect(await (await fetch(`${url}/api/health`)).text()).toBe("ready")
})

test("whatever else is asked while a server starts is answered once it can", async () => {
  const { gate, url } = await listening()
  const asked = fetch(`${url}/api/chat`, { method: "POST", body: "a question" })
  await fetch(`${url}/api/health`)
  gate.open(async (request, response) => {
    const pieces: Buffer[] = await request.toArray()
    response.end(`heard ${Buffer.concat(pieces)}`)
  })
  expect(await (await asked).text()).toBe("heard a question")
})

test("who has waited long enough for a start is sent away with a word about when to come back", async () => {
  const { url } = await listening(1)
  const response = await fetch(`${url}/api/chat`, { method: "POST", body: "a question" })
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"])
  expect(await response.json()).toMatchObject({ error: { code: "starting", retryable: true } })
})

test("also where Next serves already, health says that the services are still being built", async () => {
  globalThis.rejoinServices = new Promise(() => undefined)
  onTestFinished(() => {
    globalThis.rejoinServices = undefined
  })
  const response = await GET(new Request("http://127.0.0.1/api/health"), { params: Promise.resolve({}) })
  expect([response.status, await response.json()]).toEqual([503, expect.objectContaining({ status: "starting" })])
})
