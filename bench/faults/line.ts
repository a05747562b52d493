/** The network between one browser and the servers, which can be cut and slowed down. */
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { setTimeout as wait } from "node:timers/promises"

export interface Line {
  /** where the browser finds the product; the same for as long as the line exists */
  readonly origin: string
  /** Resets all connections. New ones work. */
  cut(): void
  /** Cuts the next connection once it has carried so many bytes to the browser. */
  cutNextAfter(bytes: number): void
  /** From now on, to the browser; undefined: as fast as it goes. */
  slowDown(bytesPerSecond: number | undefined): void
  close(): Promise<void>
}

/** @param port returns where the server is now */
export async function openLine(port: () => number): Promise<Line> {
  const connections = new Set<() => void>()
  let bytesOfNext = Number.POSITIVE_INFINITY
  let pace: number | undefined

  async function carry(server: Socket, browser: Socket, limitBytes: number): Promise<void> {
    let leftBytes = limitBytes
    for await (const piece of server as AsyncIterable<Buffer>) {
      for (let begin = 0; begin < piece.length; ) {
        const size = Math.min(pace ? Math.ceil(pace / 20) : piece.length, leftBytes)
        const slice = piece.subarray(begin, begin + size)
        begin += slice.length
        leftBytes -= slice.length
        if (!browser.write(slice)) await Promise.race([once(browser, "drain"), once(browser, "close")])
        if (leftBytes === 0) return
        if (pace) await wait((slice.length / pace) * 1000)
      }
    }
    browser.end()
  }

  const listener = createServer({ noDelay: true }, (browser) => {
    const server = connect({ port: port(), host: "127.0.0.1", noDelay: true })
    const cut = () => {
      connections.delete(cut)
      browser.resetAndDestroy()
      server.resetAndDestroy()
    }
    connections.add(cut)
    for (const socket of [browser, server]) {
      socket.on("error", cut)
      socket.on("close", () => {
        connections.delete(cut)
        if (socket === browser) server.destroy()
      })
    }
    browser.pipe(server)
    const limitBytes = bytesOfNext
    bytesOfNext = Number.POSITIVE_INFINITY
    carry(server, browser, limitBytes).then(limitBytes < Number.POSITIVE_INFINITY ? cut : undefined, cut)
  })
  listener.listen(0, "127.0.0.1")
  await once(listener, "listening")
  const address = listener.address()
  const cutAll = () => {
    for (const cut of connections) cut()
  }
  return {
    origin: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    cut: cutAll,
    cutNextAfter(bytes) {
      bytesOfNext = bytes
    },
    slowDown(bytesPerSecond) {
      pace = bytesPerSecond
    },
    async close() {
      listener.close()
      cutAll()
    },
  }
}
