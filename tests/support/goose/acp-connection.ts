/** A plain client of Goose's HTTP + SSE, for tests: shows each message as it came and does nothing on its own. */
import { EventEmitter, once } from "node:events"
import { createParser } from "eventsource-parser"
import { z } from "zod"

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
})
/** A request, a notification or an answer of Goose's. */
export type AcpMessage = z.output<typeof messageSchema>

/** One of the two kinds of streams: of the connection, or of one session in it. */
export interface AcpStream {
  status: number
  /** all that came, in order */
  messages: AcpMessage[]
  /** Resolves with the first message that is so, whether it came already or is still to come. */
  next(isSo: (message: AcpMessage) => boolean): Promise<AcpMessage>
  isOpen(): boolean
  /** Stops reading, as a reader's death does. Resolves once Goose has heard of it. */
  drop(): Promise<void>
}

export interface AcpConnection {
  id: string
  /** the answer to `initialize` */
  initialized: AcpMessage
  stream: AcpStream
  open(sessionId?: string): Promise<AcpStream>
  /** Sends a message as it is; with a session's id in its parameters, for that session. */
  send(message: object): Promise<Response>
  /** Sends a request; its id is returned, its answer comes on a stream. */
  request(method: string, params: object): Promise<number>
  delete(): Promise<number>
}

export interface GooseAddress {
  url: string
  secret: string
}

export async function connect(goose: GooseAddress, protocolVersion = 1): Promise<AcpConnection> {
  const params = { protocolVersion, clientCapabilities: {} }
  const response = await post(goose, {}, { id: 0, method: "initialize", params })
  const initialized = messageSchema.parse(await response.json())
  const connection = reconnect(goose, response.headers.get("acp-connection-id") ?? "")
  return { ...connection, initialized, stream: await connection.open() }
}

/** A connection of somebody else's, by its id alone. Its streams are not opened. */
export function reconnect(goose: GooseAddress, id: string): Omit<AcpConnection, "stream" | "initialized"> {
  const headers = { "Acp-Connection-Id": id }
  let requests = 0
  async function send(message: object): Promise<Response> {
    const sessionId = sessionSchema.safeParse(message).data?.params.sessionId
    return await post(goose, { ...headers, ...(sessionId && { "Acp-Session-Id": sessionId }) }, message)
  }
  return {
    id,
    send,
    open: (sessionId) => openStream(goose, { ...headers, ...(sessionId && { "Acp-Session-Id": sessionId }) }),
    async request(method, params) {
      const requestId = ++requests
      const { status } = await send({ id: requestId, method, params })
      if (status !== 202) throw new Error(`goose answered ${status} to ${method}`)
      return requestId
    },
    async delete() {
      const { status } = await fetch(`${goose.url}/acp`, {
        method: "DELETE",
        headers: { "X-Secret-Key": goose.secret, ...headers },
      })
      return status
    },
  }
}

const sessionSchema = z.object({ params: z.object({ sessionId: z.string() }) })

async function post(goose: GooseAddress, headers: Record<string, string>, message: object): Promise<Response> {
  return await fetch(`${goose.url}/acp`, {
    method: "POST",
    headers: {
      "X-Secret-Key": goose.secret,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  })
}

async function openStream(goose: GooseAddress, headers: Record<string, string>): Promise<AcpStream> {
  const reading = new AbortController()
  const response = await fetch(`${goose.url}/acp`, {
    headers: { "X-Secret-Key": goose.secret, Accept: "text/event-stream", ...headers },
    signal: reading.signal,
  })
  const messages: AcpMessage[] = []
  const changes = new EventEmitter().setMaxListeners(0)
  let isOpen = response.ok
  const parser = createParser({
    onEvent({ data }) {
      messages.push(messageSchema.parse(JSON.parse(data)))
      changes.emit("change")
    },
  })
  async function read(): Promise<void> {
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }))
  }
  const over = () => {
    isOpen = false
    changes.emit("change")
  }
  if (response.ok) read().then(over, over)
  else await response.body?.cancel()

  return {
    status: response.status,
    messages,
    isOpen: () => isOpen,
    async drop() {
      reading.abort()
      await hearsOfEnds(goose)
    },
    async next(isSo) {
      for (;;) {
        const found = messages.find(isSo)
        if (found) return found
        if (!isOpen)
          throw new Error(`the stream ended without it:\n${messages.map((each) => JSON.stringify(each)).join("\n")}`)
        await once(changes, "change", { signal: AbortSignal.timeout(waitMs) })
      }
    },
  }
}

/**
 * Resolves once Goose has heard of the end of every reader that has left before. What it writes until then is lost with
 * them. It answers a later request after that.
 */
export async function hearsOfEnds({ url }: Pick<GooseAddress, "url">): Promise<void> {
  await (await fetch(`${url}/health`)).text()
}

/** Only what never comes takes that long. */
const waitMs = 60_000
