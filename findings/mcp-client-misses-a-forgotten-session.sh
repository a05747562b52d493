#!/usr/bin/env bash
# @ai-sdk/mcp 2.0.99: its error for a session that the server has lost (MCP: 404, the client starts a new one).
#
# Guess:  with any body of the 404, the error names the status, so that a caller can tell it from a failed tool.
# Seen:   it does so only if the body is not a JSON-RPC error for this very request. A body with the request's own id becomes an
#         ordinary error of the tool, without a status, and the client keeps using the lost session. The same
#         body with "id": null counts as an expired session.
# For us: lib/tools/mcp-session.ts looks at the response itself, before the client reads it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @ai-sdk/mcp@2.0.99
cat >run.mjs <<'JS'
import { createServer } from "node:http"
import { createMCPClient } from "@ai-sdk/mcp"

const rpcError = (id) => JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32001, message: "Session not found" } })
const results = {
  initialize: { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } },
  "tools/list": { tools: [{ name: "add", inputSchema: { type: "object" } }] },
}

for (const [name, bodyOf] of [["text", () => "gone"], ["own id", rpcError], ["no id", () => rpcError(null)]]) {
  const server = createServer(async (request, response) => {
    let text = ""
    for await (const piece of request) text += piece
    const { id, method } = text ? JSON.parse(text) : {}
    if (request.method !== "POST") return response.writeHead(405).end()
    if (id === undefined) return response.writeHead(202).end()
    const result = results[method]
    response.writeHead(result ? 200 : 404, { "content-type": "application/json", "mcp-session-id": "one" })
    response.end(result ? JSON.stringify({ jsonrpc: "2.0", id, result }) : bodyOf(id))
  })
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready))
  const url = `http://127.0.0.1:${server.address().port}/mcp`
  const client = await createMCPClient({ transport: { type: "http", url } })
  const { add } = await client.tools()
  const error = await add.execute({}, { toolCallId: "1", messages: [] }).catch((error) => error)
  console.log(`${name}: status ${error.statusCode}, code ${error.code}`)
  await client.close().catch(() => {})
  server.closeAllConnections()
  server.close()
}
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'text: status 404, code undefined\nown id: status undefined, code -32001\nno id: status 404, code undefined' ] || { echo "CHANGED" >&2; exit 1; }
