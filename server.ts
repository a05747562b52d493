/**
 * The server of `npm run dev` and `npm start`: Next, with a clear first line and an end in good order.
 */
import { createServer, Server } from "node:http"
import { enableCompileCache, flushCompileCache } from "node:module"
import type { AddressInfo } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { ConfigError, loadConfig } from "#lib/config.ts"
import { keepConnections } from "#lib/http/keep-connections.ts"
import { startGate } from "#lib/http/starting.ts"
import { closeStuckSockets } from "#lib/http/stuck-sockets.ts"
import { asksForWebSocket, refuseUpgrade } from "#lib/http/upgrades.ts"
import { consoleToLog } from "#lib/log/console-log.ts"
import { endFailedStart } from "#lib/log/failed-start.ts"

const isDevelopment = process.argv.includes("--dev")
const config = readConfig()
if (!isDevelopment) consoleToLog(config.logLevel)
const host = config.host ?? (isDevelopment ? "127.0.0.1" : "0.0.0.0")
const gate = startGate()
const server = createServer({ shouldUpgradeCallback: ({ url }) => isForNext(url) }, (request, response) => {
  void (asksForWebSocket(request) ? refuseUpgrade(response) : gate.listener(request, response))
})
// Next hangs up on upgrades that it does not know, without a word: in production it gets none, from a server that never runs.
const httpServer = isDevelopment ? server : new Server()
// Compiling a page can take as long as that without a word.
if (!isDevelopment) closeStuckSockets(server)
keepConnections(server, config.keepAliveSeconds * 1000)
// What is loaded below is compiled once, by the first start after a build (`warm-start.ts`).
if (!isDevelopment) enableCompileCache(".next/compile-cache")
let isStarted = false
server.listen(
  config.port,
  host,
  () => void start().catch((error: unknown) => endFailedStart(error, { isForeseen: false })),
)

/** It listens first: while Next and the services are being loaded, whoever asks hears that the server starts. */
async function start(): Promise<void> {
  const { default: next } = await import("next")
  const app = next({ dev: isDevelopment, hostname: host, port: config.port, httpServer })
  await app.prepare()
  const handle = app.getRequestHandler()
  gate.open((request, response) => void handle(request, response))
  await servicesBuilt()
  isStarted = true
  const { port } = server.address() as AddressInfo // listening on TCP: no path, not null
  if (!isDevelopment) flushCompileCache()
  // For people, and so not through the console, which is the log's by now.
  process.stdout.write(`Rejoin is ready: http://${host === "0.0.0.0" ? "localhost" : host}:${port}\n`)
}

/** They are built by `instrumentation.ts`, which Next runs when it likes. */
async function servicesBuilt(): Promise<void> {
  while (!globalThis.rejoinServices) await wait(10)
  await globalThis.rejoinServices
}

/** The development server tells open pages over a WebSocket what has changed. Next listens from its first request on. */
function isForNext(url = ""): boolean {
  return isDevelopment && url.startsWith("/_next/") && server.listenerCount("upgrade") > 0
}

process.once("SIGTERM", () => void drain())
process.once("SIGINT", () => void drain())

/**
 * Begins no new answer and says so, lets running ones finish or hands them over, then ends. Who still follows something is
 * cut off and comes back to another server. A second signal ends it at once.
 */
async function drain(): Promise<void> {
  process.once("SIGTERM", () => process.exit(1))
  process.once("SIGINT", () => process.exit(1))
  // Nothing has begun: there is nothing to wait for.
  if (!isStarted) process.exit(0)
  const services = await globalThis.rejoinServices
  await services?.drain(config.drainSeconds * 1000)
  await Promise.race([closed(), wait(lastWordsMs)])
  await services?.close()
  process.exit(0)
}

/** For the last words of answers that have just ended to leave their sockets. */
const lastWordsMs = 500

function closed(): Promise<void> {
  server.closeIdleConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

function readConfig() {
  try {
    return loadConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return endFailedStart(error, { isForeseen: true })
  }
}
