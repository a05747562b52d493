/**
 * Holds the services of this process. Next has separate module graphs for routes, pages and instrumentation, which
 * share only `globalThis`. Most of the code is loaded only by the graph that builds the services.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import type { Services } from "#lib/build-services.ts"
import { loadConfig } from "#lib/config.ts"

export type { Services } from "#lib/build-services.ts"

declare global {
  var rejoinServices: Promise<Services> | undefined
  /** Takes the WebSocket handshakes of `server.ts`, in the module graph that has built the services. */
  var acceptRejoinSocket:
    | ((handshake: { request: IncomingMessage; socket: Duplex; head: Buffer }) => Promise<void>)
    | undefined
  /** Answers those who begin or follow an answer at `server.ts`, in the same module graph. */
  var serveRejoinAnswer: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined
}

/** Returns the process's services, built at the first call; after a failure the next call builds them again. */
export function getServices(): Promise<Services> {
  globalThis.rejoinServices ??= build().catch((error: unknown) => {
    globalThis.rejoinServices = undefined
    throw error
  })
  return globalThis.rejoinServices
}

/** Returns the services; undefined while they are being built. */
export function getBuiltServices(): Promise<Services | undefined> {
  return Promise.race([getServices(), Promise.resolve(undefined)])
}

async function build(): Promise<Services> {
  const config = loadConfig()
  const { buildServices } = await import("#lib/build-services.ts")
  return buildServices(config)
}
