import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { setTimeout as wait } from "node:timers/promises"
import { applyWSSHandler } from "@trpc/server/adapters/ws"
import { type WebSocket, WebSocketServer } from "ws"
import type { Asker } from "#lib/auth/session.ts"
import { ChatError } from "#lib/errors.ts"
import { parseJson } from "#lib/http/json-body.ts"
import type { Services } from "#lib/services.ts"
import { maxBatchSize, type TrpcContext } from "./context.ts"
import { logFailure } from "./error-shape.ts"
import { chatRouter } from "./router.ts"

/** Serves the router on an open socket until it closes. */
export function serveTrpcSocket(
  socket: WebSocket,
  { services, user, request }: { services: Services; user: Asker; request: IncomingMessage },
): void {
  const server = serverOf(services)
  contexts.set(request, contextOf(socket, services, user))
  server.clients.add(socket)
  socket.once("close", () => server.clients.delete(socket))
  server.emit("connection", socket, request)
}

const contexts = new WeakMap<IncomingMessage, TrpcContext>()
const servers = new WeakMap<Services, WebSocketServer>()

function serverOf(services: Services): WebSocketServer {
  const server = servers.get(services) ?? openServer(services)
  servers.set(services, server)
  return server
}

/**
 * tRPC's handler listens to a server. This one takes no handshakes: it gets sockets that are open. Once the process has
 * drained, clients are told to move to another one; by then no subscription sends anything more here (`follow-answer.ts`),
 * because what comes merged at the other one would repeat it.
 */
function openServer(services: Services): WebSocketServer {
  const server = new WebSocketServer({ noServer: true })
  const { broadcastReconnectNotification } = applyWSSHandler({
    wss: server,
    router: chatRouter,
    maxBatchSize,
    experimental_encoder: { encode: JSON.stringify, decode },
    createContext({ req }) {
      const context = contexts.get(req)
      if (!context) throw new Error("the socket came by another way")
      return context
    },
    onError({ error, ctx, path }) {
      const requestId = ctx?.requestId ?? ""
      // Clients break the protocol, and connections break.
      if (path === undefined) services.logger.debug({ requestId, err: error }, "a socket failed")
      else logFailure(error, { services, requestId, path })
    },
  })
  services.drained.addEventListener("abort", broadcastReconnectNotification)
  return server
}

function decode(data: string | ArrayBuffer | Uint8Array): unknown {
  if (typeof data !== "string") throw new ChatError("invalid_json")
  return parseJson(new TextEncoder().encode(data))
}

function contextOf(socket: WebSocket, services: Services, user: Asker): TrpcContext {
  return {
    services,
    requestId: randomUUID(),
    idempotencyKey: null,
    requireUser: async () => user,
    expectReadable: async () => undefined,
    async untilWritable(gone) {
      while (socket.bufferedAmount > maxWaitingBytes && !gone.aborted)
        await wait(bufferCheckMs, undefined, { signal: gone }).catch(() => undefined)
    },
  }
}

/** The most bytes that may wait when the next item is sent: a slow reader's answer to a ping waits behind them. */
const maxWaitingBytes = 256_000
/** tRPC sends the frames, so nothing tells of an emptied buffer. */
const bufferCheckMs = 50
