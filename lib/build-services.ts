/** The composition root: builds everything that lives as long as the process, once, for `services.ts`. */
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { Logger } from "pino"
import { type Database, openDatabase } from "#db/client.ts"
import { acceptedRows } from "#db/repository/accepted-rows.ts"
import { agentRunRepository } from "#db/repository/agent-run-repository.ts"
import { type ChargeRepository, chargeRepository } from "#db/repository/charge-repository.ts"
import { chatRepository } from "#db/repository/chat-repository.ts"
import { retryingChats, retryingRepository } from "#db/repository/retrying-repository.ts"
import { type ShareRepository, shareRepository } from "#db/repository/share-repository.ts"
import { spooledEndings } from "#db/repository/spooled-endings.ts"
import { uploadRepository } from "#db/repository/upload-repository.ts"
import type { AgentRuns } from "#lib/agent-run.ts"
import { type Auth, createAuth } from "#lib/auth/auth.ts"
import { type SessionWatch, sessionWatch } from "#lib/auth/session-watch.ts"
import { chatStore } from "#lib/chat-store.ts"
import type { Config } from "#lib/config.ts"
import { userEvents } from "#lib/events/user-events.ts"
import { localFileStore } from "#lib/files/local-file-store.ts"
import { s3FileStore } from "#lib/files/s3-file-store.ts"
import { uploads } from "#lib/files/uploads.ts"
import { type RateLimits, rateLimits } from "#lib/limits/rate-limits.ts"
import { slots } from "#lib/limits/slots.ts"
import { createLogger } from "#lib/log/logger.ts"
import { type ModelRegistry, modelRegistry } from "#lib/models/registry.ts"
import { commandCount, type StreamReports, streamReports } from "#lib/operator/stream-report.ts"
import { compactor } from "#lib/prompt/compaction.ts"
import { logRelay } from "#lib/relay/log-relay.ts"
import { offRelay } from "#lib/relay/off-relay.ts"
import { pubsubRelay } from "#lib/relay/pubsub-relay.ts"
import type { Relay } from "#lib/relay/relay.ts"
import { keyed } from "#lib/relay/stores/keyed.ts"
import { memoryStore } from "#lib/relay/stores/memory.ts"
import { LinkDown, type Store, type StoreListeners } from "#lib/relay/stores/store.ts"
import { mcpTools } from "#lib/tools/mcp.ts"
import type { ChatServices } from "#lib/turns/chat-services.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { runningGenerations } from "#lib/turns/running-generations.ts"
import { titler } from "#lib/turns/titles.ts"

export interface Services {
  config: Config
  logger: Logger
  database: Database
  store: Store
  auth: Auth
  models: ModelRegistry
  rateLimits: RateLimits
  sessions: SessionWatch
  chat: ChatServices
  charges: ChargeRepository
  reports: StreamReports
  shares: ShareRepository
  /** true once no new turn begins in this process */
  readonly isDraining: boolean
  /** aborted once `drain` has decided on every answer that ran here, so that readers can be sent to another process */
  readonly drained: AbortSignal
  /**
   * Lets running answers finish before the process ends, and hands over those that take longer.
   * @param patienceMs how long they may take
   */
  drain(patienceMs: number): Promise<void>
  close(): Promise<void>
}

/** Builds the services. @param models replaces the configured ones in tests */
export async function buildServices(config: Config, models = modelRegistry(config.models)): Promise<Services> {
  const logger = createLogger(config.logLevel)
  for (const warning of config.warnings) logger.warn(warning)
  function onProblem(error: unknown, streamId?: string): void {
    // The store's outage has already been reported, once.
    if (!(error instanceof LinkDown)) logger.warn({ streamId, err: error }, "problem")
  }
  const onReturn = () => logger.info("the store answers again")
  const database = await openDatabase({ database: config.database, onProblem })
  const endings = { folder: path.join(config.dataDir, "endings"), onProblem }
  const repository = spooledEndings(acceptedRows(retryingChats(chatRepository(database.db)), onProblem), endings)
  const commands = commandCount()
  // Without resuming no connection is opened: even the list of stream ids stays in the process.
  const keyPrefix = prefixOf(config.store)
  const opened =
    config.relay === "off" ? memoryStore() : await openStore(config.store, { keyPrefix, onProblem, onReturn })
  const store = keyed(opened, { prefix: keyPrefix, onCommand: commands.count })
  const relay = openRelay(config.relay, store, onProblem)
  const agentRuns = retryingRepository(agentRunRepository(database.db))
  const running = runningGenerations(repository, onProblem)
  const files = uploads({
    repository: retryingRepository(uploadRepository(database.db)),
    store: config.files.kind === "s3" ? s3FileStore(config.files) : localFileStore(config.files.folder),
    quotaBytes: config.uploadQuotaBytes,
    onProblem,
  })
  const limits = rateLimits(config.rateLimitPerMinute)
  const auth = createAuth({ db: database.db, config, onProblem })
  const sessions = sessionWatch(auth, onProblem)
  const events = userEvents({ repository, store, onProblem })
  const titleModel = config.titleModel ? models.get(config.titleModel).model : undefined
  const chat: ChatServices = {
    repository,
    models,
    remoteAgents: await openAgents(config, agentRuns, onProblem),
    relay,
    running,
    compactor: compactor({ repository, contextTokens: config.contextTokens, onProblem }),
    titler: titler({ repository, model: titleModel, events, onProblem }),
    mcp: mcpTools(config.mcpServers, { onProblem, seesPictures: config.models.reads.includes("image") }),
    streams: chatStore(store),
    files,
    events,
    streamSlots: slots(limits.maxStreams),
    config: {
      ...config,
      maxStreams: limits.maxStreams,
      modelReads: config.models.reads,
      isResumable: config.relay !== "off",
      continuesAfterCrash: relay.keepsLog && config.crashRecovery === "continue",
    },
    onProblem,
  }
  const reports = streamReports({
    repository,
    running,
    relay,
    commands,
    names: { relay: config.relay, store: store.name },
    isStoreReachable: () => store.isReachable,
    onProblem,
  })
  const closing = new AbortController()
  void repository.storeSpooled(closing.signal)
  let isDraining = false
  const drained = new AbortController()
  const sweeper = setInterval(() => void (isDraining || recoverAll(chat).catch(onProblem)), sweepEveryMs).unref()
  const fileSweeper = setInterval(() => void (isDraining || files.sweep().catch(onProblem)), sweepFilesEveryMs).unref()
  return {
    config,
    logger,
    database,
    store,
    models,
    auth,
    rateLimits: limits,
    sessions,
    chat,
    charges: retryingRepository(chargeRepository(database.db)),
    reports,
    shares: retryingRepository(shareRepository(database.db)),
    get isDraining() {
      return isDraining
    },
    drained: drained.signal,
    async drain(patienceMs) {
      isDraining = true
      const deadline = performance.now() + patienceMs
      while (!running.isIdle && performance.now() < deadline) await wait(50)
      await running.handOver()
      drained.abort()
    },
    async close() {
      closing.abort()
      clearInterval(sweeper)
      clearInterval(fileSweeper)
      running.close()
      reports.close()
      sessions.close()
      await events.close()
      await chat.mcp.close()
      for (const agent of chat.remoteAgents.values()) await agent.close()
      await relay.close()
      await store.close()
      await database.close()
    },
  }
}

/** How often each process looks for generations whose producer is dead and that no reader follows. */
const sweepEveryMs = 10_000
/** How often each process removes files that no message names. */
const sweepFilesEveryMs = 60 * 60_000

/** Makes the agents that run elsewhere, by slug. Their client is loaded only if one is configured. */
async function openAgents(
  { goose }: Config,
  runs: AgentRuns,
  onProblem: (error: unknown) => void,
): Promise<ChatServices["remoteAgents"]> {
  if (!goose) return new Map()
  const { gooseAgent } = await import("#lib/models/goose/goose.ts")
  return new Map([["goose", gooseAgent(goose, { runs, onProblem })]])
}

function openRelay(kind: Config["relay"], store: Store, onProblem: (error: unknown, streamId?: string) => void): Relay {
  switch (kind) {
    case "log":
      return logRelay({ store, onProblem })
    case "pubsub":
      return pubsubRelay({ store, onProblem })
    case "off":
      return offRelay({ onProblem })
  }
}

/** What begins each key and channel: nothing, or `REDIS_PREFIX` and a colon. */
function prefixOf(store: Config["store"]): string {
  return store.kind !== "memory" && store.prefix ? `${store.prefix}:` : ""
}

/** Opens the configured store. Each client is loaded only if it is used. */
async function openStore(store: Config["store"], options: StoreListeners & { keyPrefix: string }): Promise<Store> {
  switch (store.kind) {
    case "redis": {
      const { redisStore } = await import("#lib/relay/stores/redis.ts")
      return redisStore({ url: store.url, ...options })
    }
    case "upstash": {
      const { upstashStore } = await import("#lib/relay/stores/upstash.ts")
      return upstashStore({ url: store.url, token: store.token, ...options })
    }
    case "memory":
      return memoryStore()
  }
}
