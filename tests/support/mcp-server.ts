/** An MCP server over HTTP with one tool, `add`, as far as clients of ours ask. */
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"

export interface McpTestServer {
  url: string
  /** the inputs its tool was called with */
  readonly calls: unknown[]
  close(): Promise<void>
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

export async function startMcpServer(port = 0): Promise<McpTestServer> {
  const calls: { a: number; b: number }[] = []

  function resultOf({ method, params }: { method: string; params?: { arguments?: unknown } }): unknown {
    if (method === "initialize")
      return {
        protocolVersion: "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "test", version: "1" },
      }
    if (method === "tools/list") return { tools: [addTool] }
    if (method !== "tools/call") return undefined
    const input = params?.arguments as { a: number; b: number } // by the tool's schema
    calls.push(input)
    return { content: [{ type: "text", text: String(input.a + input.b) }] }
  }

  const server = createServer(async (request, response) => {
    if (request.method !== "POST") return void response.writeHead(405).end()
    const { id, ...asked } = JSON.parse(await bodyOf(request))
    if (id === undefined) return void response.writeHead(202).end()
    const result = resultOf(asked)
    const said = result === undefined ? { error: { code: -32601, message: "no such method" } } : { result }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, ...said }))
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    calls,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ""
  for await (const piece of request) body += piece
  return body
}
