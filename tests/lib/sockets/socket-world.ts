/** A service with a socket of its first guest, and the frames that a stock client sends. */
import { randomUUID } from "node:crypto"
import { type Client, freshService, type TestService } from "#tests/support/clients/service.ts"
import { type FrameClient, frameClient } from "#tests/support/clients/socket-client.ts"
import type { TestModel } from "#tests/support/providers/scripted-model.ts"
import { type SocketServer, socketServer } from "#tests/support/servers/socket-server.ts"

interface World extends TestService, SocketServer {
  client: Client
  ws: FrameClient
}

export async function world(model: TestModel, environment: Record<string, string> = {}): Promise<World> {
  const service = await freshService({ model, environment })
  const server = await socketServer()
  const client = await service.guest()
  return { ...service, ...server, client, ws: frameClient(await server.open({ cookie: client.cookie })) }
}

/** A stock client's question. */
export function send(chatId: string, text: string, requestId = "q") {
  const messages = [{ id: randomUUID(), role: "user", parts: [{ type: "text", text }] }]
  return { type: "send", requestId, id: chatId, trigger: "submit-message", messages, headers: {}, body: {} }
}

export function resume(chatId: string, fields: object = {}, requestId = "r") {
  return { type: "resume", requestId, id: chatId, headers: {}, body: {}, ...fields }
}
