/** Looks into a running server's memory through Node's inspector, after a garbage collection. */
import { once } from "node:events"
import { setTimeout as wait } from "node:timers/promises"
import { WebSocket } from "ws"
import { freePort } from "#tests/support/databases/postgres.ts"

export interface Inspector {
  /** @returns bytes that are still held: the heap, and buffers outside it */
  heldBytes(): Promise<number>
  close(): void
}

/** Node's options for a server, and a function that connects to it once it runs. */
export async function inspectable(): Promise<{ environment: Record<string, string>; connect(): Promise<Inspector> }> {
  const address = `127.0.0.1:${await freePort()}`
  return {
    environment: { NODE_OPTIONS: `--inspect=${address}` },
    async connect() {
      const response = await fetch(`http://${address}/json`)
      const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[] // the inspector's format
      const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "")
      await once(socket, "open")
      return { heldBytes: () => heldBytes(socket), close: () => socket.close() }
    },
  }
}

/** The least of a few looks, since background work needs a moment to end. */
async function heldBytes(socket: WebSocket): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < 5; look++) {
    await wait(200)
    await call(socket, "HeapProfiler.collectGarbage", {})
    const { result } = await call(socket, "Runtime.evaluate", { expression: "JSON.stringify(process.memoryUsage())" })
    const { heapUsed, external } = JSON.parse(String(result?.value)) as NodeJS.MemoryUsage
    least = Math.min(least, heapUsed + external)
  }
  return least
}

async function call(socket: WebSocket, method: string, params: object): Promise<{ result?: { value?: unknown } }> {
  socket.send(JSON.stringify({ id: 1, method, params }))
  const [data] = await once(socket, "message")
  return JSON.parse(String(data)).result
}
