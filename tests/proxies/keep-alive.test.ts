/** Connections between a proxy and the server that are idle for as long as either of them keeps them. */
import { once } from "node:events"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, beforeAll, expect, test } from "vitest"
import { loadConfig } from "#lib/config.ts"
import { keepConnections } from "#lib/http/keep-connections.ts"
import { proxyPrograms } from "#tests/support/proxies/programs.ts"
import { findProxy, startProxy } from "#tests/support/proxies/proxy-process.ts"

/** Replaces the document's 60 or 120 s, because the behaviour at their end is the same. */
const idleSeconds = 2
const posts = 336
/** Maximum at a time: all at once would test a busy machine's queue of connections instead. */
const lanes = 42

const server = createServer((incoming, response) => {
  incoming.resume()
  incoming.on("end", () => setTimeout(() => response.end("ok"), 20))
})

beforeAll(async () => {
  keepConnections(server, loadConfig({}).keepAliveSeconds * 1_000)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

for (const proxy of proxyPrograms) {
  const isHere = findProxy(proxy) !== undefined
  const name = `P2 behind ${proxy.name} none of ${posts} POSTs at the end of the keep-alive is lost`
  const row = isHere ? test.concurrent : test.skip
  row(isHere ? name : `${name} — runs with the Debian package ${proxy.debianPackage}`, async () => {
    const { port: serverPort } = server.address() as AddressInfo // listening on TCP: no path, not null
    await using started = await startProxy(proxy, { serverPort, idleSeconds })
    // As many connections as the proxy makes of it, all idle from now on.
    await Promise.all(Array.from({ length: 48 }, () => post(started.url)))
    const idleSince = performance.now()
    const answers = Array.from({ length: lanes }, (_, lane) => sendOneByOne(started.url, { lane, idleSince }))
    const lost = (await Promise.all(answers)).flat().filter((answer) => answer !== 200)
    expect([...new Set(lost)], `${lost.length} of ${posts} lost`).toEqual([])
  })
}

/** From shortly before the proxy lets go of idle connections until shortly after. */
async function sendOneByOne(
  url: string,
  { lane, idleSince }: { lane: number; idleSince: number },
): Promise<(number | string)[]> {
  const answers: (number | string)[] = []
  for (let index = lane; index < posts; index += lanes) {
    const dueMs = idleSeconds * 1_000 - 300 + (index / posts) * 600
    await wait(Math.max(0, idleSince + dueMs - performance.now()))
    answers.push(await post(url))
  }
  return answers
}

/** Sends a request on a new connection, as a browser does. @returns the status, or the connection's error */
function post(url: string): Promise<number | string> {
  return new Promise((resolve) => {
    const asking = request(url, { method: "POST", agent: false }, (response) => {
      response.resume()
      response.on("end", () => resolve(response.statusCode ?? 0))
      response.on("error", (error) => resolve(error.message))
    })
    asking.on("error", (error) => resolve(error.message))
    asking.end("{}")
  })
}
