/** An MCP server over HTTP with one tool, `add`, or those it is given, as far as clients of ours ask. */
import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"

export interface McpTestServer {
  url: string
  /** the inputs its tool was called with */
  readonly calls: unknown[]
  /** names of the tools that were called, in order */
  readonly called: string[]
  /** Knows no session any more: a request in one is answered 404, as after a restart. */
  forgetSessions(): void
  close(): Promise<void>
}

interface McpServerOptions {
  port?: number
  /** names of its tools; default: `add` alone */
  tools?: string[]
  /** of every call; default: the sum */
  result?: object
}

const addTool = {
  name: "add",
  description: "Adds two numbers.",
  inputSchema: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  },
}

export async function startMcpServer({ port = 0, tools, result }: McpServerOptions = {}): Promise<McpTestServer> {
  const calls: { a: number; b: number }[] = []
  const called: string[] = []
  const sessions = new Set<string>()

  function resultOf({ method, params }: { method: string; params?: { name?: string; arguments?: unknown } }): unknown {
    if (method === "initialize")
      return {
        protocolVersion: "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "test", version: "1" },
      }
    if (method === "tools/list") return { tools: (tools ?? ["add"]).map((name) => ({ ...addTool, name })) }
    if (method !== "tools/call") return undefined
    const input = params?.arguments as { a: number; b: number } // by the tool's schema
    calls.push(input)
    called.push(params?.name ?? "")
    if (result) return result
    return { content: [{ type: "text", text: String(input.a + input.b) }] }
  }

  const server = createServer(async (request, response) => {
    if (request.method !== "POST") return void response.writeHead(405).end()
    const { id, ...asked } = JSON.parse(await bodyOf(request))
    const session = request.headers["mcp-session-id"]
    if (asked.method !== "initialize" && typeof session === "string" && !sessions.has(session))
      return void response.writeHead(404, { "content-type": "application/json" }).end(forgotten)
    if (id === undefined) return void response.writeHead(202).end()
    const given = resultOf(asked)
    const said = given === undefined ? { error: { code: -32601, message: "no such method" } } : { result: given }
    const begun = asked.method === "initialize" ? { "mcp-session-id": randomUUID() } : undefined
    if (begun) sessions.add(begun["mcp-session-id"])
    response
      .writeHead(200, { "content-type": "application/json", ...begun })
      .end(JSON.stringify({ jsonrpc: "2.0", id, ...said }))
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    calls,
    called,
    forgetSessions: () => sessions.clear(),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const forgotten = JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } })

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ""
  for await (const piece of request) body += piece
  return body
}
