/** The service in this process: real route handlers, database, relay and sessions. Only the model is replaced. */
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { LanguageModelV4 } from "@ai-sdk/provider"
import { onTestFinished } from "vitest"
import * as unknownRoute from "#app/api/[...unknown]/route.ts"
import * as stopStreamRoute from "#app/api/admin/streams/[streamId]/stop/route.ts"
import * as adminStreamsRoute from "#app/api/admin/streams/route.ts"
import * as authRoute from "#app/api/auth/[...all]/route.ts"
import * as approvalRoute from "#app/api/chat/[chatId]/approval/route.ts"
import * as branchRoute from "#app/api/chat/[chatId]/branch/route.ts"
import * as exportRoute from "#app/api/chat/[chatId]/export/route.ts"
import * as messagesRoute from "#app/api/chat/[chatId]/messages/route.ts"
import * as oneChatRoute from "#app/api/chat/[chatId]/route.ts"
import * as shareRoute from "#app/api/chat/[chatId]/share/route.ts"
import * as stopRoute from "#app/api/chat/[chatId]/stop/route.ts"
import * as stockRoute from "#app/api/chat/[chatId]/stream/route.ts"
import * as chatRoute from "#app/api/chat/route.ts"
import * as chatsRoute from "#app/api/chats/route.ts"
import * as restartStoreRoute from "#app/api/demo/restart-store/route.ts"
import * as durableRoute from "#app/api/durable/[streamId]/route.ts"
import * as eventsRoute from "#app/api/events/route.ts"
import * as oneFileRoute from "#app/api/files/[fileId]/route.ts"
import * as filesRoute from "#app/api/files/route.ts"
import * as healthRoute from "#app/api/health/route.ts"
import * as metricsRoute from "#app/api/metrics/route.ts"
import * as openApiRoute from "#app/api/openapi.json/route.ts"
import * as trpcRoute from "#app/api/trpc/[trpc]/route.ts"
import * as usageRoute from "#app/api/usage/route.ts"
import * as socketRoute from "#app/api/ws/route.ts"
import { charge } from "#db/schema.ts"
import { buildServices, type Services } from "#lib/build-services.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { loadConfig } from "#lib/config.ts"
import type { ModelRegistry } from "#lib/models/registry.ts"
import { lendMigrated } from "../databases/migrated-database.ts"
import { expectDescribed } from "./described.ts"
import { type FeedReading, feedReadingOf, type Reading, readingOf } from "./reading.ts"

const origin = "http://127.0.0.1:3000"

const routesByPath: [RegExp, Record<string, unknown>][] = [
  [/^\/api\/chat$/, chatRoute],
  [/^\/api\/chats$/, chatsRoute],
  [/^\/api\/events$/, eventsRoute],
  [/^\/api\/chat\/(?<chatId>[^/]+)$/, oneChatRoute],
  [/^\/api\/chat\/(?<chatId>[^/]+)\/stream$/, stockRoute],
  [/^\/api\/chat\/(?<chatId>[^/]+)\/stop$/, stopRoute],
  [/^\/api\/chat\/(?<chatId>[^/]+)\/messages$/, messagesRoute],
  [/^\/api\/chat\/(?<chatId>[^/]+)\/branch$/, branchRoute],
  [/^\/api\/chat\/(?<chatId>[^/]+)\/share$/, shareRoute],
  [/^\/api\/chat\/(?<chatId>[^/]+)\/export$/, exportRoute],
  [/^\/api\/chat\/(?<chatId>[^/]+)\/approval$/, approvalRoute],
  [/^\/api\/durable\/(?<streamId>[^/]+)$/, durableRoute],
  [/^\/api\/files$/, filesRoute],
  [/^\/api\/files\/(?<fileId>[^/]+)$/, oneFileRoute],
  [/^\/api\/usage$/, usageRoute],
  [/^\/api\/ws$/, socketRoute],
  [/^\/api\/trpc\/(?<trpc>[^/]+)$/, trpcRoute],
  [/^\/api\/health$/, healthRoute],
  [/^\/api\/auth\//, authRoute],
  [/^\/api\/demo\/restart-store$/, restartStoreRoute],
  [/^\/api\/admin\/streams$/, adminStreamsRoute],
  [/^\/api\/admin\/streams\/(?<streamId>[^/]+)\/stop$/, stopStreamRoute],
  [/^\/api\/metrics$/, metricsRoute],
  [/^\/api\/openapi\.json$/, openApiRoute],
  [/^\/api\//, unknownRoute],
]

export interface ServiceOptions {
  /** the only one; default: those of the environment */
  model?: LanguageModelV4
  /** as in the environment; a database and a secret are given */
  environment?: Record<string, string>
}

export interface TestService {
  services: Services
  /** a new guest; the service's own methods ask as the first one */
  guest(): Promise<Client>
  /** a user with an account */
  person(email: string): Promise<Client>
  /** Lists all charges, oldest first. */
  charges(): Promise<(typeof charge.$inferSelect)[]>
}

export interface Client {
  /** the chat this client talks in, unless a call says otherwise */
  chatId: string
  /** its session, as the header `cookie` has it */
  readonly cookie: string
  request(address: string, init?: RequestInit & { json?: unknown }): Promise<Response>
  /** Sends a message and begins to read its answer. */
  post(text: string, body?: Record<string, unknown>): Promise<Reading>
  follow(query?: string): Promise<Reading>
  stop(body?: unknown): Promise<Response>
  /** Subscribes to the events of all this user's chats. */
  events(): Promise<FeedReading>
  messages(): Promise<ChatMessage[]>
  /** the same client, in the same chat, without one of its cookies */
  withoutCookie(name: string): Client
}

/** Builds a service on an empty database, and closes it after the test. */
export async function freshService(options: ServiceOptions): Promise<TestService> {
  const { url, drop } = await lendMigrated()
  const dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-"))
  const config = loadConfig({
    DATABASE_URL: url,
    BETTER_AUTH_SECRET: "a secret for tests, of 32 characters or more",
    DATA_DIR: dataDir,
    RATE_LIMIT_PER_MINUTE: "0",
    LOG_LEVEL: "silent",
    ...options.environment,
  })
  const services = await buildServices(config, options.model && onlyModel(options.model))
  globalThis.rejoinServices = Promise.resolve(services)
  onTestFinished(async () => {
    await services.close()
    await drop()
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10 })
  })
  return {
    services,
    guest: () => signedIn("/api/auth/sign-in/anonymous", {}),
    person: (email) => signedIn("/api/auth/sign-up/email", { email, name: email, password: "correct horse" }),
    charges: () => services.database.db.select().from(charge).orderBy(charge.createdAt),
  }
}

/** A client without a session. */
export function stranger(cookie = ""): Client {
  const client: Client = {
    chatId: randomUUID(),
    cookie,
    async request(address, { json, ...init } = {}) {
      const headers = new Headers(init.headers)
      headers.set("host", new URL(origin).host)
      if (cookie) headers.set("cookie", cookie)
      if (json !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json")
      const body = json === undefined ? init.body : JSON.stringify(json)
      const url = new URL(address, origin)
      const request = new Request(url, { duplex: "half", ...init, body, headers } as RequestInit)
      const response = await dispatch(url, request)
      await expectDescribed(request.method, url.pathname, response)
      return response
    },
    async post(text, body = {}) {
      const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text }] }
      return readingOf(
        await client.request("/api/chat", { method: "POST", json: { id: client.chatId, message, ...body } }),
      )
    },
    follow: async (query = "") => readingOf(await client.request(`/api/chat?chatId=${client.chatId}${query}`)),
    stop: (body) => client.request(`/api/chat/${client.chatId}/stop`, { method: "POST", json: body }),
    events: async () => feedReadingOf(await client.request("/api/events")),
    async messages() {
      const response = await client.request(`/api/chat/${client.chatId}/messages`)
      if (!response.ok) throw new Error(`messages: ${response.status} ${await response.text()}`)
      return ((await response.json()) as { messages: ChatMessage[] }).messages
    },
    withoutCookie(name) {
      const kept = cookie.split("; ").filter((pair) => !pair.startsWith(`${name}=`))
      return Object.assign(stranger(kept.join("; ")), { chatId: client.chatId })
    },
  }
  return client
}

async function signedIn(address: string, json: object): Promise<Client> {
  const response = await stranger().request(address, { method: "POST", json })
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
  return stranger(
    response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(";")[0])
      .join("; "),
  )
}

type NextHandler = (request: Request, next: { params: Promise<Record<string, string>> }) => Promise<Response>

/** Answers a request by the handler of its address. */
export async function dispatch(url: URL, request: Request): Promise<Response> {
  for (const [pattern, route] of routesByPath) {
    const match = pattern.exec(url.pathname)
    if (!match) continue
    const handler = route[request.method] as NextHandler // every route has every method
    return handler(request, { params: Promise.resolve({ ...match.groups }) })
  }
  throw new Error(`no route for ${url.pathname}`)
}

export function onlyModel(model: LanguageModelV4): ModelRegistry {
  return { list: () => [{ id: "test", name: "Test model" }], get: () => ({ id: "test", model }) }
}
