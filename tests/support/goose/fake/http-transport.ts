import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { type Connection, type Handle, messageSchema, startConnection } from "./json-rpc.ts"
import { type Outbound, openOutbound } from "./outbound.ts"

export interface HttpConnections {
  /** Answers a request for `/acp`, whose key has been checked. */
  respond(incoming: IncomingMessage, response: ServerResponse): Promise<void>
  endAll(): void
}

interface HttpConnection extends Connection {
  outboundOf(sessionId: string | undefined): Outbound
}

/** Connections last until they are deleted, however long nobody reads their streams. */
export function httpConnections(handle: Handle, losesOneAtCut: boolean): HttpConnections {
  const connections = new Map<string, HttpConnection>()

  function open(): HttpConnection {
    const outbounds = new Map<string | undefined, Outbound>()
    function outboundOf(sessionId: string | undefined): Outbound {
      const outbound = outbounds.get(sessionId) ?? openOutbound(losesOneAtCut)
      outbounds.set(sessionId, outbound)
      return outbound
    }
    const connection = startConnection(handle, (message, sessionId) => outboundOf(sessionId).send(message))
    return {
      outboundOf,
      receive: connection.receive,
      end() {
        connection.end()
        for (const outbound of outbounds.values()) outbound.end()
      },
    }
  }

  async function post(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const message = messageSchema.safeParse(parsed(Buffer.concat(await incoming.toArray()).toString("utf8"))).data
    const id = header(incoming, "acp-connection-id")
    if (message?.method === "initialize" && message.id !== undefined) {
      const newId = randomUUID()
      connections.set(newId, open())
      const result = await handle(message.method, message.params, nobody)
      response.setHeader("Acp-Connection-Id", newId)
      return void end(response, 200, JSON.stringify({ jsonrpc: "2.0", id: message.id, result }), "application/json")
    }
    if (!id) return void end(response, 400, "Acp-Connection-Id header required")
    const connection = connections.get(id)
    if (!connection) return void end(response, 404)
    connection.receive(message)
    end(response, 202)
  }

  function get(incoming: IncomingMessage, response: ServerResponse): void {
    if (!incoming.headers.accept?.includes("text/event-stream"))
      return void end(response, 406, "client must accept text/event-stream")
    const id = header(incoming, "acp-connection-id")
    if (!id) return void end(response, 400, "Acp-Connection-Id header required")
    const sessionId = header(incoming, "acp-session-id")
    const outbound = connections.get(id)?.outboundOf(sessionId)
    if (!outbound) return void end(response, 404)
    response.setHeader("Content-Type", "text/event-stream")
    response.setHeader("Cache-Control", "no-cache")
    response.setHeader("Acp-Connection-Id", id)
    if (!outbound.attach(response)) end(response, 409, "outbound stream already has a subscriber")
  }

  function remove(incoming: IncomingMessage, response: ServerResponse): void {
    const id = header(incoming, "acp-connection-id") ?? ""
    const connection = connections.get(id)
    if (!connection) return void end(response, 404)
    connections.delete(id)
    connection.end()
    end(response, 202)
  }

  return {
    async respond(incoming, response) {
      if (incoming.method === "POST") await post(incoming, response)
      else if (incoming.method === "GET") get(incoming, response)
      else if (incoming.method === "DELETE") remove(incoming, response)
      else end(response, 405)
    },
    endAll() {
      for (const connection of connections.values()) connection.end()
    },
  }
}

/** Who asks to initialize is told nothing else. */
const nobody = { notify() {}, ask: async () => undefined, gone: new AbortController().signal }

export function end(response: ServerResponse, status: number, text = "", type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "Content-Type": type }).end(text)
}

function header(incoming: IncomingMessage, name: string): string | undefined {
  return incoming.headers[name]?.toString() || undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // accepted, and never heard of again
  }
}
