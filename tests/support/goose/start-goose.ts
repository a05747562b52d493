import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { type GooseKind, serve } from "./goose-process.ts"
import { type GooseProvider, startGooseProvider } from "./provider.ts"

export interface GooseOptions {
  /** default "fake" */
  kind?: GooseKind
  /** beside or instead of what is set here; what `environmentOf` lists */
  environment?: Record<string, string>
  /** between two deltas of the provider; default 0 */
  paceMs?: number
}

/** A Goose in a process of its own, with its own home and the provider behind it. */
export interface StartedGoose {
  kind: GooseKind
  /** the value for GOOSE_ACP_URL without its path: `http://127.0.0.1:<port>` */
  readonly url: string
  /** the value for GOOSE_SECRET */
  secret: string
  readonly pid: number
  /** an empty folder for sessions to work in; removed with it */
  workDir: string
  /** what it is started with, for who starts `goose acp` on the same home */
  environment: Record<string, string>
  provider: GooseProvider
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same home and at the same address, killed or not. */
  restart(): Promise<void>
  /** Ends it and its provider, and removes its home. */
  stop(): Promise<void>
}

export async function startGoose(options: GooseOptions = {}): Promise<StartedGoose> {
  const kind = options.kind ?? "fake"
  const folder = await mkdtemp(path.join(tmpdir(), "rejoin-goose-"))
  const home = path.join(folder, "home")
  const workDir = path.join(folder, "work")
  await Promise.all([mkdir(home), mkdir(workDir)])
  const provider = await startGooseProvider(options.paceMs === undefined ? {} : { paceMs: options.paceMs })
  const secret = "secret-of-goose"
  const environment = {
    ...environmentOf(home, provider.host),
    GOOSE_SERVER__SECRET_KEY: secret,
    ...options.environment,
  }
  let running = await serve(kind, environment)

  return {
    kind,
    secret,
    workDir,
    environment,
    provider,
    get url() {
      return running.url
    },
    get pid() {
      return running.pid
    },
    kill: () => running.end("SIGKILL"),
    async restart() {
      await running.end("SIGKILL")
      running = await serve(kind, environment, Number(new URL(running.url).port))
    },
    async stop() {
      await running.end("SIGKILL")
      await provider.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

function environmentOf(home: string, host: string): Record<string, string> {
  return {
    HOME: home,
    GOOSE_DISABLE_KEYRING: "1",
    GOOSE_PROVIDER: "openai",
    GOOSE_MODEL: "test-model",
    OPENAI_HOST: host,
    GOOSE_MODE: "approve",
    GOOSE_DISABLE_SESSION_NAMING: "true",
    GOOSE_PROVIDER_SKIP_BACKOFF: "true",
    GOOSE_TELEMETRY_ENABLED: "false",
  }
}
