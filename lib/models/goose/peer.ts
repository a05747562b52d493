/** Speaks JSON-RPC with Goose: asks and gets answers; everything else comes in order by `next`. */
import { randomUUID } from "node:crypto"
import type { GooseSettings } from "#lib/settings/goose.ts"
import { late, within } from "#lib/within.ts"
import { openCommand } from "./command-connection.ts"
import { type Connection, ConnectionGone, type Receiver, Unreachable } from "./connection.ts"
import { type GooseAddress, openHttp, reopenHttp } from "./http-connection.ts"
import { type MessageQueue, messageQueue } from "./message-queue.ts"
import { type AcpMessage, initializeSchema, type RequestId } from "./shapes.ts"
import { openSocket } from "./socket-connection.ts"

/** Goose refused a request. Its words may have addresses in them, so only the code is kept; `data` is for decisions. */
export class AcpError extends Error {
  override readonly name = "AcpError"
  readonly code: number
  readonly data: unknown
  constructor(method: string, { code, data }: { code: number; data?: unknown }) {
    super(`Goose answered ${code} to ${method}`)
    this.code = code
    this.data = data
  }
}

/** with the session's id, if they are for one */
type Params = { sessionId?: string; [name: string]: unknown }

export interface Peer extends Pick<Connection, "id" | "isDurable" | "reopened" | "join" | "leave" | "close"> {
  /** true if a picture may be part of a prompt */
  readonly takesImages: boolean
  /**
   * Asks and waits for the answer.
   * @throws AcpError if Goose refuses; ConnectionGone; Unreachable if there is no answer within 30 s
   */
  request(method: string, params: Params): Promise<unknown>
  /** Sends a request whose answer comes by `next`, or a notification if `id` is undefined. */
  send(id: RequestId | undefined, method: string, params: Params): Promise<void>
  /** Answers a request of Goose's. */
  respond(id: RequestId, result: object, sessionId: string): Promise<void>
  next: MessageQueue<AcpMessage>["next"]
}

/** @throws Unreachable, also if Goose does not speak version 1 of the protocol or cannot load a session */
export async function openPeer(settings: GooseSettings): Promise<Peer> {
  const params = { protocolVersion: 1, clientCapabilities: {}, clientInfo: { name: "rejoin", version: "1" } }
  const initialize = { id: randomUUID(), method: "initialize", params }
  const { receiver, answer, peer } = receiving()
  const initialized = answer(initialize.id, "initialize")
  // Nobody waits for it where opening fails.
  initialized.catch(() => undefined)
  const connection = await opened(settings, initialize, receiver)
  try {
    if (!isHttp(settings)) await connection.send(initialize)
    const { protocolVersion, agentCapabilities } = initializeSchema.parse(await initialized)
    if (protocolVersion !== 1 || !agentCapabilities.loadSession) throw new Unreachable("Goose is of another version")
    return peer(connection, agentCapabilities.promptCapabilities?.image === true)
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** @throws ConnectionGone if the connection cannot be opened again */
export async function reopenPeer(settings: GooseSettings, id: string, sessionId: string): Promise<Peer> {
  if (!isHttp(settings)) throw new ConnectionGone("Only a connection over HTTP can be opened again")
  const { receiver, peer } = receiving()
  // A picture was refused, if at all, before the connection was left.
  return peer(await reopenHttp(acpAddress(settings), id, { receiver, sessionId }), true)
}

export function isHttp(settings: GooseSettings): settings is GooseAddress & { workDir: string } {
  return "url" in settings && settings.url.startsWith("http")
}

/** Completes the address of a server with ACP's path. */
export function acpAddress({ url, secret }: GooseAddress): GooseAddress {
  const full = new URL(url)
  if (full.pathname === "/") full.pathname = "/acp"
  return { url: full.href, secret }
}

function opened(settings: GooseSettings, initialize: AcpMessage, receiver: Receiver): Promise<Connection> {
  if ("command" in settings) return openCommand(settings.command, receiver)
  const address = acpAddress(settings)
  return isHttp(settings) ? openHttp(address, { initialize, receiver }) : openSocket(address, receiver)
}

const answerMs = 30_000

interface Receiving {
  receiver: Receiver
  answer(id: RequestId, method: string): Promise<unknown>
  peer(connection: Connection, takesImages: boolean): Peer
}

function receiving(): Receiving {
  const queue = messageQueue<AcpMessage>()
  const asked = new Map<RequestId, PromiseWithResolvers<unknown> & { method: string }>()
  let gone: Error | undefined
  let refuse: (id: RequestId) => void = () => undefined

  const receiver: Receiver = {
    async message(message) {
      const { id, method, error, result } = message
      if (id === undefined || id === null) return queue.push(message)
      const waiting = method === undefined ? asked.get(id) : undefined
      if (waiting) return error ? waiting.reject(new AcpError(waiting.method, error)) : waiting.resolve(result)
      if (method !== undefined && method !== "session/request_permission") return refuse(id)
      await queue.push(message)
    },
    gone(error) {
      gone = error
      queue.end(error)
      for (const { reject } of asked.values()) reject(error)
    },
  }

  async function answer(id: RequestId, method: string): Promise<unknown> {
    if (gone) throw gone
    const waiting = { ...Promise.withResolvers<unknown>(), method }
    asked.set(id, waiting)
    try {
      const answered = await within(waiting.promise, answerMs)
      if (answered === late) throw new Unreachable(`Goose did not answer ${method}`)
      return answered
    } finally {
      asked.delete(id)
    }
  }

  function peer(connection: Connection, takesImages: boolean): Peer {
    const send: Peer["send"] = (id, method, params) => connection.send({ id, method, params }, params.sessionId)
    refuse = (id) => {
      const error = { code: -32601, message: "Method not found" }
      // Goose's own limits end what waits for it, should this be lost.
      connection.send({ id, error }).catch(() => undefined)
    }
    return {
      id: connection.id,
      isDurable: connection.isDurable,
      get reopened() {
        return connection.reopened
      },
      takesImages,
      join: connection.join,
      leave: connection.leave,
      close: connection.close,
      async request(method, params) {
        const id = randomUUID()
        const answered = answer(id, method)
        // If sending fails, nobody waits for the answer.
        answered.catch(() => undefined)
        await connection.send({ id, method, params }, params.sessionId)
        return await answered
      },
      send,
      respond: (id, result, sessionId) => connection.send({ id, result }, sessionId),
      next: (wait) => queue.next(wait),
    }
  }

  return { receiver, answer, peer }
}
