import { randomUUID } from "node:crypto"
import { z } from "zod"

export const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).default({}),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
})
export type Message = z.output<typeof messageSchema>

/** An error that the client gets as the answer to its request. */
export class RpcError extends Error {
  readonly code: number
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

export const invalidParams = (data: unknown) => new RpcError(-32602, "Invalid params", data)
export const notFound = (sessionId: string) =>
  new RpcError(-32002, "Resource not found", `Session not found: ${sessionId}`)

/** The client at the other end of a connection, however the connection is made. */
export interface Peer {
  notify(sessionId: string, update: object): void
  /** Resolves with the client's result, or with undefined if it answers with an error. Never rejects. */
  ask(method: string, params: { sessionId: string } & Record<string, unknown>): Promise<unknown>
  /** aborted once the connection has ended */
  gone: AbortSignal
}

/** What a message is answered with, and what may be done before and after. */
export type Handle = (method: string, params: Record<string, unknown>, peer: Peer) => Promise<object>

export interface Connection {
  /** Takes a message of the client's. It is worked on at once, whatever else is. */
  receive(message: unknown): void
  end(): void
}

/** @param send sessionId: the session that a message belongs to, where it does */
export function startConnection(handle: Handle, send: (message: object, sessionId?: string) => void): Connection {
  const ending = new AbortController()
  const asked = new Map<string, (result: unknown) => void>()
  const peer: Peer = {
    gone: ending.signal,
    notify: (sessionId, update) =>
      send({ jsonrpc: "2.0", method: "session/update", params: { sessionId, update } }, sessionId),
    ask: (method, params) =>
      new Promise((resolve) => {
        const id = randomUUID()
        asked.set(id, resolve)
        send({ jsonrpc: "2.0", id, method, params }, params.sessionId)
      }),
  }

  async function answer({ id, method = "", params }: Message): Promise<void> {
    const sessionId = typeof params["sessionId"] === "string" ? params["sessionId"] : undefined
    const outcome = await handle(method, params, peer).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: errorBody(error) }),
    )
    if (id !== undefined) send({ jsonrpc: "2.0", id, ...outcome }, sessionId)
  }

  return {
    receive(message) {
      const parsed = messageSchema.safeParse(message).data
      if (!parsed) return
      if (parsed.method !== undefined) return void answer(parsed)
      // An answer that comes again finds nobody who waits for it.
      const resolve = asked.get(String(parsed.id))
      asked.delete(String(parsed.id))
      resolve?.(parsed.result)
    },
    end: () => ending.abort(),
  }
}

function errorBody(error: unknown): object {
  if (!(error instanceof RpcError)) return { code: -32603, message: "Internal error", data: String(error) }
  return { code: error.code, message: error.message, ...(error.data !== undefined && { data: error.data }) }
}
