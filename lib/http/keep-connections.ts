import type { Server } from "node:http"

/**
 * Keeps idle connections open longer than the proxies in front do. A POST that reaches a connection while it is being
 * closed is lost, and no proxy may repeat a POST; a connection that the proxy closes first is never reused. Call it
 * after `closeStuckSockets`, whose limit applies during a request.
 * @param keepAliveMs longer than any proxy in front keeps an idle connection to this server
 */
export function keepConnections(server: Server, keepAliveMs: number): void {
  server.keepAliveTimeout = keepAliveMs
  // A connection opened ahead of its first request is idle too, and Node limits it by these two.
  server.headersTimeout = Math.max(server.headersTimeout, keepAliveMs + marginMs)
  server.requestTimeout = Math.max(server.requestTimeout, server.headersTimeout)
  server.on("connection", (socket) => socket.setTimeout(keepAliveMs + marginMs))
  server.on("request", ({ socket }) => socket.setTimeout(server.timeout))
}

/** Node itself waits this much longer than it announces. */
const marginMs = 1_000
