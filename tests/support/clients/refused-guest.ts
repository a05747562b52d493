import { randomUUID } from "node:crypto"
import { expect } from "vitest"
import { scripted, type TestModel } from "../providers/scripted-model.ts"
import { type Client, freshService, type TestService } from "./service.ts"

/** A guest who sends requests that must be refused. */
export interface RefusedGuest {
  service: TestService
  client: Client
  model: TestModel
  post(json: unknown, init?: RequestInit): Promise<Response>
  /** A refused request changes nothing: no row, no model call, no charge. */
  expectNothingChanged(): Promise<void>
}

export async function refusedGuest(): Promise<RefusedGuest> {
  const model = scripted("an answer")
  const service = await freshService({ model, environment: { FREE_CREDITS: "1000" } })
  const client = await service.guest()
  return {
    service,
    client,
    model,
    post: (json, init = {}) => client.request("/api/chat", { method: "POST", json, ...init }),
    async expectNothingChanged() {
      expect(model.calls).toHaveLength(0)
      expect(await service.charges()).toHaveLength(0)
      expect(await (await client.request("/api/chats")).json()).toMatchObject({ chats: [] })
    },
  }
}

/** Returns a user's message as it is posted, with any parts. */
export const message = (parts: unknown, more: object = {}) => ({ id: randomUUID(), role: "user", parts, ...more })
export const text = (words: string) => [{ type: "text", text: words }]
