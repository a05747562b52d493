#!/usr/bin/env bash
# MCP's resumable streams (Streamable HTTP, `Last-Event-ID`) with two stores that npm installs: the `InMemoryEventStore` that comes
# with @modelcontextprotocol/sdk 1.32.2 (from its examples, and copied from there into many servers) and mcp-proxy 6.7.19's.
#
# Guess:  whoever returns with the id of the 10th of 30 notifications gets 11 to 30 and the result, in this order.
# Seen:   mcp-proxy does that. The SDK's store sorts by event ids that end in a random word, so what one millisecond
#         sent is shuffled: notifications come in any order, some that the client has come again, and others never do.
#         On the stream of a GET it is worse: its id, `_GET_stream`, holds the separator of the event ids, so the store looks
#         for a stream "": a client that returns gets 200, nothing that it missed, and nothing that is sent from then on.
# For us: a position must be a number that only rises, never a word that merely begins with a clock (decision 003). An
#         MCP server with that store cannot be asked to go on from a position: calls are repeated as a whole or not at all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 mcp-proxy@6.7.19
cat >run.mjs <<'JS'
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import { InMemoryEventStore as SdkStore } from "@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js"
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { InMemoryEventStore as ProxyStore } from "mcp-proxy"

const count = 30
const protocol = "2025-06-18"
for (const [name, eventStore] of [["sdk", new SdkStore()], ["mcp-proxy", new ProxyStore()]]) {
  const mcp = new McpServer({ name: "s", version: "1" }, { capabilities: { logging: {} } })
  mcp.registerTool("count", {}, async ({ sendNotification }) => {
    for (let data = 1; data <= count; data++)
      await sendNotification({ method: "notifications/message", params: { level: "info", data } })
    return { content: [{ type: "text", text: "done" }] }
  })
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, eventStore })
  await mcp.connect(transport)
  const server = createServer((request, response) => transport.handleRequest(request, response))
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready))
  const url = `http://127.0.0.1:${server.address().port}`
  const headers = { accept: "application/json, text/event-stream", "content-type": "application/json" }
  const post = (message) =>
    fetch(url, { method: "POST", headers, body: JSON.stringify({ jsonrpc: "2.0", ...message }) })
  const resume = (position, signal) => fetch(url, { headers: { ...headers, "last-event-id": position }, signal })
  const clientInfo = { name: "c", version: "1" }
  const params = { protocolVersion: protocol, capabilities: {}, clientInfo }
  const opened = await post({ id: 1, method: "initialize", params })
  headers["mcp-session-id"] = opened.headers.get("mcp-session-id")
  headers["mcp-protocol-version"] = protocol
  await opened.text()
  await post({ method: "notifications/initialized" })

  const live = await readUntil(await post({ id: 2, method: "tools/call", params: { name: "count", arguments: {} } }), '"done"')
  const again = await readUntil(await resume(live[9].id), '"done"')
  const said = again.map((event) => event.said)
  const rest = [...Array.from({ length: count - 10 }, (_, index) => index + 11), "done"]
  console.log(`${name}: ${String(said) === String(rest) ? "11 to 30, done" : "shuffled"}`)

  const notice = (data) => ({ method: "notifications/message", params: { level: "info", data } })
  const ids = []
  const storeEvent = eventStore.storeEvent.bind(eventStore)
  eventStore.storeEvent = async (stream, message) => {
    ids.push(await storeEvent(stream, message))
    return ids.at(-1)
  }
  for (const said of ["one", "two"]) await mcp.server.notification(notice(said))
  const leaving = new AbortController()
  const back = await resume(ids[0], leaving.signal)
  await mcp.server.notification(notice("three"))
  setTimeout(() => leaving.abort(), 2000)
  const heard = (await readUntil(back, '"three"')).map((event) => event.said)
  console.log(`${name}, a listener that returns: ${back.status}, ${heard.join(", ") || "hears nothing"}`)
}
process.exit()

/** Reads events until the one that says this, or until the reader leaves. */
async function readUntil(response, last) {
  let text = ""
  try {
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      text += piece
      if (text.includes(last) && text.endsWith("\n\n")) break
    }
  } catch (error) {
    if (error.name !== "AbortError") throw error
  }
  return text.split("\n\n").flatMap((event) => {
    const id = /^id: (.*)$/m.exec(event)?.[1]
    const data = /^data: (\{.*)$/m.exec(event)?.[1]
    const message = data && JSON.parse(data)
    return message ? [{ id, said: message.params?.data ?? message.result?.content[0].text }] : []
  })
}
JS
seen=$(node run.mjs)
echo "$seen"
expected='sdk: shuffled
sdk, a listener that returns: 200, hears nothing
mcp-proxy: 11 to 30, done
mcp-proxy, a listener that returns: 200, two, three'
[ "$seen" = "$expected" ] || { echo "CHANGED" >&2; exit 1; }
