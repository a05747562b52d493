/**
 * Goose over HTTP: what it says comes by server-sent events, one stream for the connection and one for a session. Goose
 * keeps a run and its messages for whoever opens the streams next, so that a run outlives the process that began it.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { createParser } from "eventsource-parser"
import { type Connection, ConnectionGone, type Receiver, Unreachable } from "./connection.ts"
import { type AcpMessage, messageIn } from "./shapes.ts"

export interface GooseAddress {
  url: string
  secret: string
}

interface Limits {
  /** until Goose has taken a message (1 MB takes it 1.5 s) */
  requestMs: number
  /** without a byte, after which a stream is opened again: Goose sends one every 15 s */
  silenceMs: number
  /** for which the streams are tried again where Goose does not answer */
  reopenMs: number
  /** for which they are tried again where Goose still serves another reader, which may be dead */
  takenMs: number
}
const defaultLimits: Limits = { requestMs: 30_000, silenceMs: 20_000, reopenMs: 5_000, takenMs: 30_000 }

/** Opens a new connection. @param initialize the request, whose answer is received like any other message */
export async function openHttp(
  address: GooseAddress,
  { initialize, receiver, limits = defaultLimits }: { initialize: AcpMessage; receiver: Receiver; limits?: Limits },
): Promise<Connection> {
  const response = await ask(address, { method: "POST", body: initialize, timeoutMs: limits.requestMs })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Unreachable(`Goose answered ${response.status} to initialize`)
  }
  const id = response.headers.get("acp-connection-id")
  const answer = messageIn(await response.text())
  if (!id || !answer) throw new Unreachable("Goose answered initialize with something else")
  const connection = httpConnection(address, id, { receiver, limits, reopened: 0 })
  await receiver.message(answer)
  await connection.listen()
  return connection
}

/**
 * Opens a connection again that another process, or this one, has left.
 * @throws ConnectionGone if Goose does not know it any more
 */
export async function reopenHttp(
  address: GooseAddress,
  id: string,
  { receiver, sessionId, limits = defaultLimits }: { receiver: Receiver; sessionId: string; limits?: Limits },
): Promise<Connection> {
  const connection = httpConnection(address, id, { receiver, limits, reopened: 1 })
  try {
    await connection.listen()
    await connection.join(sessionId)
  } catch (error) {
    connection.leave()
    throw error
  }
  return connection
}

/** Ends a connection and what runs in it, without opening its streams. Never rejects. */
export async function deleteHttp(address: GooseAddress, id: string): Promise<void> {
  await ask(address, { method: "DELETE", connectionId: id, timeoutMs: 5_000 }).then(
    (response) => response.body?.cancel(),
    // Goose is gone, and the connection with it.
    () => undefined,
  )
}

/** Sends a message in a connection whose streams another process may be reading. */
export async function sendHttp(address: GooseAddress, id: string, message: AcpMessage): Promise<void> {
  const response = await ask(address, { method: "POST", connectionId: id, body: message, timeoutMs: 5_000 })
  await response.body?.cancel()
}

function httpConnection(
  address: GooseAddress,
  id: string,
  { receiver, limits, reopened }: { receiver: Receiver; limits: Limits; reopened: number },
): Connection & { listen(): Promise<void> } {
  const leaving = new AbortController()
  const joined = new Set<string>()

  /** Opens a stream and reads it until the connection is left, opening it again where it breaks. */
  async function follow(sessionId?: string): Promise<void> {
    let stream = await opened(sessionId)
    const reading = async () => {
      while (!leaving.signal.aborted) {
        await read(stream)
        if (leaving.signal.aborted) return
        reopened++
        stream = await opened(sessionId)
      }
    }
    reading().catch((error: Error) => {
      if (!leaving.signal.aborted) receiver.gone(error)
    })
  }

  /** @throws ConnectionGone if Goose does not know the connection, or cannot be reached for long */
  async function opened(sessionId?: string): Promise<Response> {
    const beganAtMs = performance.now()
    for (;;) {
      const response = await ask(address, {
        connectionId: id,
        sessionId,
        timeoutMs: limits.requestMs,
        signal: leaving.signal,
      }).catch((error: unknown) => error)
      if (response instanceof Response) {
        if (response.ok && response.body) return response
        await response.body?.cancel()
        if (response.status === 404) throw new ConnectionGone("Goose does not know the connection any more")
        if (response.status === 401 || response.status === 403) throw new Unreachable("Goose refused the key")
      }
      leaving.signal.throwIfAborted()
      const isTaken = response instanceof Response && response.status === 409
      if (performance.now() - beganAtMs > (isTaken ? limits.takenMs : limits.reopenMs))
        throw new ConnectionGone("Goose does not open the connection again")
      await sleep(250, undefined, { signal: leaving.signal })
    }
  }

  async function read(response: Response): Promise<void> {
    const reader = response.body?.getReader()
    if (!reader) return
    const arrived: AcpMessage[] = []
    const parser = createParser({
      onEvent({ data }) {
        const message = messageIn(data)
        if (message) arrived.push(message)
      },
    })
    const decoder = new TextDecoder()
    const leave = () => void reader.cancel().catch(() => undefined)
    leaving.signal.addEventListener("abort", leave, { once: true })
    try {
      for (;;) {
        const silence = setTimeout(leave, limits.silenceMs)
        // A stream that breaks is opened again.
        const { value } = await reader
          .read()
          .catch(() => ({ value: undefined }))
          .finally(() => clearTimeout(silence))
        if (!value) return
        parser.feed(decoder.decode(value, { stream: true }))
        for (const message of arrived.splice(0)) await receiver.message(message)
      }
    } finally {
      leaving.signal.removeEventListener("abort", leave)
      leave()
    }
  }

  return {
    id,
    isDurable: true,
    get reopened() {
      return reopened
    },
    listen: () => follow(),
    async join(sessionId) {
      if (joined.has(sessionId)) return
      joined.add(sessionId)
      await follow(sessionId)
    },
    async send(message, sessionId) {
      const response = await ask(address, {
        method: "POST",
        connectionId: id,
        sessionId,
        body: message,
        timeoutMs: limits.requestMs,
      })
      await response.body?.cancel()
      if (response.status === 404) throw new ConnectionGone("Goose does not know the connection any more")
      if (!response.ok) throw new Unreachable(`Goose answered ${response.status}`)
    },
    leave: () => leaving.abort(),
    async close() {
      leaving.abort()
      await deleteHttp(address, id)
    },
  }
}

interface Ask {
  method?: "GET" | "POST" | "DELETE"
  connectionId?: string
  sessionId?: string | undefined
  body?: AcpMessage
  /** until the response begins */
  timeoutMs: number
  signal?: AbortSignal
}

/** @throws Unreachable without the address or the key in its words */
async function ask(address: GooseAddress, { method = "GET", connectionId, ...rest }: Ask): Promise<Response> {
  const { sessionId, body, timeoutMs, signal } = rest
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), timeoutMs)
  try {
    return await fetch(address.url, {
      method,
      // Goose has one address; whatever leads elsewhere must not get the key.
      redirect: "error",
      headers: {
        "X-Secret-Key": address.secret,
        Accept: method === "GET" ? "text/event-stream" : "application/json, text/event-stream",
        ...(body && { "Content-Type": "application/json" }),
        ...(connectionId !== undefined && { "Acp-Connection-Id": connectionId }),
        ...(sessionId !== undefined && { "Acp-Session-Id": sessionId }),
      },
      signal: signal ? AbortSignal.any([timeout.signal, signal]) : timeout.signal,
      ...(body && { body: JSON.stringify({ jsonrpc: "2.0", ...body }) }),
    })
  } catch (cause) {
    throw new Unreachable(`Goose did not answer${codeOf(cause)}`)
  } finally {
    clearTimeout(timer)
  }
}

/** Names a network error by its code alone: its message has the address. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : ""
}
