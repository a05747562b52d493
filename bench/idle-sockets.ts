/**
 * Measures what sockets cost that say nothing: `npm start` must be running. It opens 1,000 as one guest, reads the
 * server's memory before and after (Linux), and stops answering pings, after which the server must drop them all.
 *
 *     RATE_LIMIT_PER_MINUTE=0 npm start
 *     npx node bench/idle-sockets.ts <pid of the server> [http://127.0.0.1:3000]
 */
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { setTimeout as wait } from "node:timers/promises"
import { WebSocket } from "ws"

const count = 1_000
const [pid = "", origin = "http://127.0.0.1:3000"] = process.argv.slice(2)
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

// The first socket loads the code that serves it.
await closed(await open())
await wait(2_000)
const before = await residentKb()
const sockets = await Promise.all(Array.from({ length: count }, open))
await wait(5_000)
const after = await residentKb()
console.info(`${count} sockets: ${((after - before) / 1024).toFixed(1)} MB more resident memory`)
await wait(deadAfterMs)
const alive = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length
console.info(`${alive} of ${count} are still open ${deadAfterMs / 1000} s later, though none answered a ping`)

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(origin.replace("http", "ws").concat("/api/ws"), {
    autoPong: false,
    headers: { cookie, origin },
  })
  await once(socket, "open")
  return socket
}

async function closed(socket: WebSocket): Promise<void> {
  socket.close()
  await once(socket, "close")
}

async function residentKb(): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}
