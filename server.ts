/** Runs Next for `npm run dev` and `npm start`, with a clear first line and an orderly end. */
import { randomUUID } from "node:crypto"
import { createServer, Server } from "node:http"
import { enableCompileCache, flushCompileCache } from "node:module"
import type { AddressInfo } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { ConfigError, loadConfig } from "#lib/config.ts"
import { answerAddress } from "#lib/http/answering/address.ts"
import { keepConnections } from "#lib/http/keep-connections.ts"
import { errorResponse } from "#lib/http/responses/error-response.ts"
import { startGate, startingHoldMs, startingRefusal } from "#lib/http/starting.ts"
import { closeStuckSockets } from "#lib/http/stuck-sockets.ts"
import { asksForWebSocket, type Handshake, refuseHandshake } from "#lib/http/upgrades.ts"
import { consoleToLog } from "#lib/log/console-log.ts"
import { endFailedStart } from "#lib/log/failed-start.ts"

const isDevelopment = process.argv.includes("--dev")
const config = readConfig()
if (!isDevelopment) consoleToLog(config.logLevel)
const host = config.host ?? (isDevelopment ? "127.0.0.1" : "0.0.0.0")
const gate = startGate()
const server = createServer({ shouldUpgradeCallback: asksForWebSocket }, gate.listener)
// Next ends or silently drops the upgrades of others. It therefore attaches to a server that never listens.
const httpServer = new Server()
server.on("upgrade", (request, socket, head) => {
  if (isForNext(request.url)) httpServer.emit("upgrade", request, socket, head)
  else
    takeHandshake({ request, socket, head }).catch((error: unknown) => {
      console.error(error)
      socket.destroy()
    })
})
// In development, compiling a page can take this long without any traffic.
if (!isDevelopment) closeStuckSockets(server)
keepConnections(server, config.keepAliveSeconds * 1000)
// The code loaded below is compiled once, by the first start after a build (`warm-start.ts`).
if (!isDevelopment) enableCompileCache(".next/compile-cache")
let isStarted = false
server.listen(
  config.port,
  host,
  () => void start().catch((error: unknown) => endFailedStart(error, { isForeseen: false })),
)

/** Listens before Next and the services are loaded, so that early requests learn that the server is starting. */
async function start(): Promise<void> {
  const { default: next } = await import("next")
  const app = next({ dev: isDevelopment, hostname: host, port: config.port, httpServer })
  await app.prepare()
  const handle = app.getRequestHandler()
  gate.open((request, response) => {
    if (isDevelopment || !answerAddress(request) || !globalThis.serveRejoinAnswer) void handle(request, response)
    else globalThis.serveRejoinAnswer(request, response).catch((error: Error) => response.destroy(error))
  })
  await servicesBuilt()
  isStarted = true
  const { port } = server.address() as AddressInfo // it listens on TCP, so this is neither a path nor null
  if (!isDevelopment) flushCompileCache()
  // This line is for people, so it bypasses the console, which now writes to the log.
  process.stdout.write(`Rejoin is ready: http://${host === "0.0.0.0" ? "localhost" : host}:${port}\n`)
}

/** Waits for `instrumentation.ts` to build the services, which Next runs at a time of its own. */
async function servicesBuilt(): Promise<void> {
  while (!globalThis.rejoinServices) await wait(10)
  await globalThis.rejoinServices
}

/**
 * Recognises the WebSocket by which the development server reports changes. Next listens to it from its first request
 * on.
 */
function isForNext(url = ""): boolean {
  return isDevelopment && url.startsWith("/_next/") && httpServer.listenerCount("upgrade") > 0
}

/** Hands a handshake to the module graph that has the services. It waits for the start, as any request does. */
async function takeHandshake(handshake: Handshake): Promise<void> {
  // A client that leaves early breaks its socket, which is no fault of the server.
  handshake.socket.on("error", () => undefined)
  const deadline = performance.now() + startingHoldMs
  while (!isStarted && performance.now() < deadline) await wait(50)
  if (isStarted) await globalThis.acceptRejoinSocket?.(handshake)
  else await refuseHandshake(handshake, errorResponse(startingRefusal(), randomUUID()))
}

process.once("SIGTERM", () => void drain())
process.once("SIGINT", () => void drain())

/**
 * Refuses new answers, lets running ones finish or hands them over, then exits. Remaining readers are disconnected and
 * reattach to another server. A second signal exits at once.
 */
async function drain(): Promise<void> {
  process.once("SIGTERM", () => process.exit(1))
  process.once("SIGINT", () => process.exit(1))
  // Nothing has started, so there is nothing to wait for.
  if (!isStarted) process.exit(0)
  const services = await globalThis.rejoinServices
  await services?.drain(config.drainSeconds * 1000)
  await Promise.race([closed(), wait(lastEventsMs)])
  await services?.close()
  process.exit(0)
}

/** Lets the last events of ended answers leave their sockets. */
const lastEventsMs = 500

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
