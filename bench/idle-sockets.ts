/**
 * Measures what sockets cost that say nothing, and that they are dropped when they stop answering pings. It opens 1,000
 * as one guest, and reads the server's memory after a garbage collection, which it asks for through Node's inspector.
 *
 *     RATE_LIMIT_PER_MINUTE=0 npx node --inspect=127.0.0.1:9230 server.ts
 *     npx node bench/idle-sockets.ts [http://127.0.0.1:3000] [http://127.0.0.1:9230]
 */
import { once } from "node:events"
import { setTimeout as wait } from "node:timers/promises"
import { WebSocket } from "ws"

const count = 1_000
const [origin = "http://127.0.0.1:3000", inspector = "http://127.0.0.1:9230"] = process.argv.slice(2)
/** Longer than a silent socket lives. */
const deadAfterMs = 75_000

const response = await fetch(`${origin}/api/auth/sign-in/anonymous`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: "{}",
})
const cookie = response.headers
  .getSetCookie()
  .map((line) => line.split(";")[0])
  .join("; ")
const inspected = await openInspector()

// A first round loads the code and grows the heap as far as handshakes need it.
for (const socket of await openAll()) socket.terminate()
await wait(2_000)
const before = await memory()
const sockets = await openAll()
await wait(2_000)
const after = await memory()
const grownMb = (name: keyof NodeJS.MemoryUsage) => ((after[name] - before[name]) / 2 ** 20).toFixed(1)
console.info(
  `${count} sockets: ${grownMb("heapUsed")} MB heap, ${grownMb("external")} MB buffers, ${grownMb("rss")} MB RSS`,
)
await wait(deadAfterMs)
const alive = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length
console.info(`${alive} of ${count} are still open ${deadAfterMs / 1000} s later, though none answered a ping`)
inspected.close()

function openAll(): Promise<WebSocket[]> {
  return Promise.all(Array.from({ length: count }, open))
}

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/api/ws`, {
    autoPong: false,
    headers: { cookie, origin },
  })
  await once(socket, "open")
  return socket
}

async function openInspector(): Promise<WebSocket> {
  const [target] = (await (await fetch(`${inspector}/json`)).json()) as { webSocketDebuggerUrl: string }[] // its format
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "")
  await once(socket, "open")
  return socket
}

async function memory(): Promise<NodeJS.MemoryUsage> {
  await call("HeapProfiler.collectGarbage", {})
  const { result } = await call("Runtime.evaluate", { expression: "JSON.stringify(process.memoryUsage())" })
  return JSON.parse(String(result.value))
}

async function call(method: string, params: object): Promise<{ result: { value?: unknown } }> {
  inspected.send(JSON.stringify({ id: 1, method, params }))
  const [data] = await once(inspected, "message")
  return JSON.parse(String(data)).result
}
