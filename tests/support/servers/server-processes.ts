/**
 * Servers as processes that share a database and a store, all in this one: each with real route handlers, relay and
 * repository of its own. Whatever one of them asks the database or the store goes through a gate, so that it can die,
 * freeze and wake up there, or go on when a scheduler says so.
 */
import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import { chatStore } from "#lib/chat-store.ts"
import { logRelay } from "#lib/relay/log-relay.ts"
import { pubsubRelay } from "#lib/relay/pubsub-relay.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import type { Services } from "#lib/services.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { runningGenerations } from "#lib/turns/running-generations.ts"
import { type Client, freshService, onlyModel, type TestService } from "../clients/service.ts"
import { scripted } from "../providers/scripted-model.ts"

/** Lets a call happen, sooner or later or never. */
export type Gate = <Answer>(call: () => Promise<Answer>, name: string) => Promise<Answer>

export interface ServerProcess {
  readonly services: Services
  readonly isAlive: boolean
  /** Asks this process as that client. A connection breaks where the process dies, or where `signal` says so. */
  request(client: Client, address: string, init?: RequestOptions): Promise<Response>
  /** Stops it like `kill -9`: nothing is sent or received any more, and nothing is cleaned up. */
  kill(): Promise<void>
  /** Stands still at its next call of database or store, until it wakes up. */
  freeze(): void
  wake(): void
  /** Looks for streams whose producer is dead, as each process does from time to time. */
  sweep(): Promise<void>
  close(): Promise<void>
}

export interface RequestOptions extends RequestInit {
  json?: unknown
  signal?: AbortSignal
}

export interface ServerProcesses extends TestService {
  start(model: LanguageModelV4, gate?: Gate): ServerProcess
}

export interface ProcessesOptions {
  /** a process's own connection to the store that all share */
  openStore: () => Store
  environment?: Record<string, string>
}

export async function serverProcesses({ openStore, environment }: ProcessesOptions): Promise<ServerProcesses> {
  const service = await freshService({ model: scripted("never asked"), environment: environment ?? {} })
  // Shared parts belong to separate services, which serve no client and must not continue any answer.
  await service.services.drain(0)
  return { ...service, start: (model, gate) => start(service.services, { model, store: openStore(), gate }) }
}

interface ProcessParts {
  model: LanguageModelV4
  store: Store
  gate: Gate | undefined
}

function start(shared: Services, { model, store: ownStore, gate = (call) => call() }: ProcessParts): ServerProcess {
  const death = new AbortController()
  let frozen: PromiseWithResolvers<void> | undefined
  const never = new Promise<never>(() => undefined)

  async function alive(): Promise<void> {
    await frozen?.promise
    if (death.signal.aborted) await never
  }
  const lively: Gate = async (call, name) => {
    await alive()
    try {
      return await gate(call, name)
    } finally {
      await alive()
    }
  }

  const onProblem = () => undefined
  const repository = gatedNouns(shared.chat.repository, lively)
  const store = gated(hearing(ownStore, alive), lively)
  const relay = shared.config.relay === "pubsub" ? pubsubRelay({ store, onProblem }) : logRelay({ store, onProblem })
  const running = runningGenerations(repository, onProblem)
  const streams = chatStore(store)
  const chat = { ...shared.chat, repository, models: onlyModel(model), relay, running, streams, onProblem }
  const services: Services = {
    ...shared,
    isDraining: false,
    drained: new AbortController().signal,
    store,
    models: chat.models,
    chat,
  }

  return {
    services,
    get isAlive() {
      return !death.signal.aborted
    },
    async request(client, address, { signal, ...init } = {}) {
      const broken = AbortSignal.any([death.signal, ...(signal ? [signal] : [])])
      broken.throwIfAborted()
      // Read before anything is awaited: requests to other processes may begin meanwhile.
      globalThis.rejoinServices = Promise.resolve(services)
      const response = await unless(broken, client.request(address, init))
      const body = response.body?.pipeThrough(new TransformStream(), { signal: broken })
      return new Response(body ?? null, response)
    },
    async kill() {
      death.abort(new TypeError("terminated"))
      running.close()
      await ownStore.close()
    },
    freeze() {
      frozen ??= Promise.withResolvers()
    },
    wake() {
      frozen?.resolve()
      frozen = undefined
    },
    sweep: () => recoverAll(chat),
    async close() {
      running.close()
      await relay.close()
      await ownStore.close()
    },
  }
}

function gated<Seam extends object>(seam: Seam, gate: Gate): Seam {
  return new Proxy(seam, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== "function") return member
      return (...given: unknown[]) => gate(() => member.apply(target, given), String(name))
    },
  })
}

function gatedNouns(repository: ChatRepository, gate: Gate): ChatRepository {
  const { turns, streams, messages, chats } = repository
  return {
    turns: gated(turns, gate),
    streams: gated(streams, gate),
    messages: gated(messages, gate),
    chats: gated(chats, gate),
  }
}

/** A dead or frozen process also receives nothing. */
function hearing(store: Store, alive: () => Promise<void>): Store {
  return {
    ...store,
    subscribe: (channel, onMessage) =>
      store.subscribe(channel, (message) => void alive().then(() => onMessage(message))),
  }
}

function unless<Answer>(broken: AbortSignal, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onBroken = () => reject(broken.reason)
    broken.addEventListener("abort", onBroken)
    answer.then(resolve, reject).finally(() => broken.removeEventListener("abort", onBroken))
  })
}
