/** A TCP proxy with the faults of networks and other proxies, which can be switched while it runs. */
import { EventEmitter, once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { pipeline, Transform } from "node:stream"
import { setTimeout as wait } from "node:timers/promises"

export interface Faults {
  /** in both directions; a piece on its way does not delay the next */
  latencyMs: number
  /** in both directions: half-open. Connections stay, nothing moves, and neither side learns that the other has gone */
  isBlackhole: boolean
  /** resets a connection on which nothing moved for so long; 0 = never */
  idleCutMs: number
  /** towards the client: nothing until the server hangs up, or this is switched off */
  isBuffering: boolean
  /** towards the client: bytes per piece; 0 = unchanged pieces */
  fragmentBytes: number
  /** towards the client; 0 = no limit */
  bytesPerSecond: number
  /** towards the client: number of bytes after which a connection ends cleanly; 0 = never */
  finAfterBytes: number
  /** resets new connections */
  isRefusing: boolean
}

export interface FaultProxy {
  /** @returns the same address, by way of this proxy */
  through(url: string): string
  /** Applies from now on to open and new connections; omitted settings stay. */
  set(faults: Partial<Faults>): void
  /** Resets every open connection, towards both sides. */
  reset(): void
  readonly openConnections: number
  close(): Promise<void>
}

const healthy: Faults = {
  latencyMs: 0,
  isBlackhole: false,
  idleCutMs: 0,
  isBuffering: false,
  fragmentBytes: 0,
  bytesPerSecond: 0,
  finAfterBytes: 0,
  isRefusing: false,
}

/** @param target where connections go to, on 127.0.0.1 */
export async function startFaultProxy(target: { port: number }, faults: Partial<Faults> = {}): Promise<FaultProxy> {
  const now: Faults = { ...healthy, ...faults }
  const changes = new EventEmitter().setMaxListeners(0)
  const links = new Set<Link>()

  const listener = createServer(halfOpen, (client) => {
    const link = linkTo(client, connect({ ...halfOpen, port: target.port, host: "127.0.0.1" }))
    links.add(link)
    link.closed.addEventListener("abort", () => links.delete(link))
    if (now.isRefusing) return link.reset()
    const { server } = link
    client.setTimeout(now.idleCutMs)
    client.on("timeout", () => link.reset())
    client.on("close", () => void hangUp(link))
    server.on("close", () => void hangUp(link))
    server.on("end", () => changes.emit("change"))
    void carry(gated(delayed(client, link), link), server, link)
    void carry(cut(paced(gated(delayed(server, link), link, server), link)), client, link).then(() => server.destroy())
  })

  async function until(isSo: () => boolean, { closed }: Link): Promise<void> {
    while (!isSo()) await once(changes, "change", { signal: closed })
  }

  /** What one side does reaches the other only where something moves. */
  async function hangUp(link: Link): Promise<void> {
    await until(() => !now.isBlackhole, link).catch(ifClosed(link))
    link.close()
  }

  async function* delayed(from: Socket, link: Link): AsyncGenerator<Buffer> {
    const { closed } = link
    const stamped: AsyncIterable<Stamped> = pipeline(from, stamp(), ifClosed(link))
    for await (const { bytes, arrivedMs } of stamped) {
      const earlyMs = arrivedMs + now.latencyMs - performance.now()
      if (earlyMs > 0) await wait(earlyMs, undefined, { signal: closed })
      yield bytes
    }
  }

  async function* gated(pieces: AsyncIterable<Buffer>, link: Link, answering?: Socket): AsyncGenerator<Buffer> {
    const isKept = () => answering !== undefined && now.isBuffering && !answering.readableEnded
    for await (const bytes of pieces) {
      await until(() => !now.isBlackhole && !isKept(), link)
      yield bytes
    }
    await until(() => !now.isBlackhole, link) // the end of what one side has to say does not pass either
  }

  async function* paced(pieces: AsyncIterable<Buffer>, { closed }: Link): AsyncGenerator<Buffer> {
    for await (const bytes of pieces) {
      for (let begin = 0; begin < bytes.length; ) {
        const { fragmentBytes, bytesPerSecond } = now
        const slice = bytes.subarray(begin, begin + (fragmentBytes || Math.ceil(bytesPerSecond / 20) || bytes.length))
        yield slice
        begin += slice.length
        if (bytesPerSecond > 0) await wait((slice.length / bytesPerSecond) * 1000, undefined, { signal: closed })
        // Two fragments written in one turn of the event loop may leave as one packet.
        else if (fragmentBytes > 0) await new Promise(setImmediate)
      }
    }
  }

  async function* cut(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let carriedBytes = 0
    for await (const bytes of pieces) {
      const leftBytes = (now.finAfterBytes || Number.POSITIVE_INFINITY) - carriedBytes
      yield bytes.subarray(0, Math.max(leftBytes, 0))
      carriedBytes += bytes.length
      if (bytes.length >= leftBytes) return
    }
  }

  listener.listen(0, "127.0.0.1")
  await once(listener, "listening")
  const { port } = listener.address() as AddressInfo // it listens on TCP

  return {
    through: (url) => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href.replace(/\/$/, ""),
    set(next) {
      Object.assign(now, next)
      for (const { client } of links) client.setTimeout(now.idleCutMs)
      changes.emit("change")
    },
    reset() {
      for (const link of links) link.reset()
    },
    get openConnections() {
      return links.size
    },
    async close() {
      listener.close()
      for (const link of links) link.close()
      if (listener.listening) await once(listener, "close")
    },
  }
}

/** A side that has nothing more to say may still be listening. */
const halfOpen = { allowHalfOpen: true, noDelay: true }

interface Link {
  client: Socket
  server: Socket
  closed: AbortSignal
  close(): void
  reset(): void
}

function linkTo(client: Socket, server: Socket): Link {
  const closing = new AbortController()
  for (const socket of [client, server]) socket.on("error", () => socket.destroy()) // its close says the same
  return {
    client,
    server,
    closed: closing.signal,
    close() {
      closing.abort()
      client.destroy()
      server.destroy()
    },
    reset() {
      closing.abort()
      client.resetAndDestroy()
      server.resetAndDestroy()
    },
  }
}

async function carry(pieces: AsyncIterable<Buffer>, to: Socket, link: Link): Promise<void> {
  try {
    for await (const piece of pieces)
      if (!to.destroyed && !to.write(piece)) await once(to, "drain", { signal: link.closed })
    to.end()
  } catch (error) {
    ifClosed(link)(error)
  }
}

/** Writes waiting for a closed connection are rejected; no other error is expected. */
function ifClosed(link: Link): (error: unknown) => void {
  return (error) => {
    const isGone = link.closed.aborted || link.client.destroyed || link.server.destroyed
    if (error && !isGone) throw error
  }
}

interface Stamped {
  bytes: Buffer
  arrivedMs: number
}

/** Buffers incoming pieces, so that their delays do not add up. */
function stamp(): Transform {
  return new Transform({
    readableObjectMode: true,
    readableHighWaterMark: 64,
    transform(bytes: Buffer, _encoding, done) {
      done(null, { bytes, arrivedMs: performance.now() } satisfies Stamped)
    },
  })
}
