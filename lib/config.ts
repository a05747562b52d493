/**
 * Reads the environment; nothing else reads `process.env`. Every name is described in the README's table and in
 * `.env.example`.
 */
import { existsSync } from "node:fs"
import path from "node:path"
import { z } from "zod"
import {
  databaseAddress,
  databaseWarnings,
  isNeon,
  redisAddress,
  redisPrefix,
  schemaName,
  upstashAddress,
} from "./settings/addresses.ts"
import { type GooseSettings, gooseContradictions, gooseOf, gooseVariables, gooseWarnings } from "./settings/goose.ts"
import { omitOf } from "./settings/omitted.ts"

/** A Postgres server, reached over a network or a socket. */
export interface ServerDatabase {
  kind: "postgres" | "neon"
  url: string
  /** by which it is migrated (default: `url`), past a pooler */
  directUrl?: string | undefined
  /** schema of the tables; default: the first of the role's search path, usually `public` */
  schema?: string | undefined
  /** maximum for this process (default 20) */
  connections?: number | undefined
}

export interface Config {
  isProduction: boolean
  port: number
  host: string | undefined
  dataDir: string
  database: { kind: "pglite"; folder: string } | ServerDatabase
  store:
    | { kind: "memory" }
    | { kind: "redis"; url: string; prefix: string | undefined }
    | { kind: "upstash"; url: string; token: string; prefix: string | undefined }
  relay: "log" | "pubsub" | "off"
  /** how the chat's page gets its answers; it falls back to events over HTTP where sockets do not work */
  chatTransport: "sse" | "websocket"
  /** what happens to an answer whose server died: another server continues it, or only ends it */
  crashRecovery: "continue" | "interrupt"
  files:
    | { kind: "local"; folder: string }
    | { kind: "s3"; endpoint: string; bucket: string; region: string; accessKeyId: string; secretAccessKey: string }
  /** limit of all of a user's files together */
  uploadQuotaBytes: number
  models: {
    openAiCompatible:
      | {
          baseUrl: string
          apiKey: string | undefined
          ids: string[]
          /** left out of every request to a model, or to all models */
          omits?: { modelId: string | undefined; name: string }[]
        }
      | undefined
    gatewayApiKey: string | undefined
    /** the allow-list of `CHAT_MODELS`, if the gateway serves them */
    gatewayIds: string[]
    /** time between two deltas of a part in an idle process; 0: no merging */
    mergeEveryMs: number
    /** files that the models accept as bytes; of others they receive the name */
    reads: ("image" | "pdf")[]
  }
  /** servers whose tools are given to agents that may use tools */
  mcpServers: { name: string; url: string }[]
  /** undefined: there is no such agent */
  goose: GooseSettings | undefined
  auth: { secret: string | undefined; url: string | undefined; trustedOrigins: string[] }
  /** users who may see and stop what runs for all: addresses of existing accounts, in lower case */
  adminEmails: string[]
  /** grants access to `/api/metrics`; undefined: that address does not exist */
  metricsToken: string | undefined
  saveEveryChars: number
  /** maximum of history in a prompt, in estimated tokens; older turns beyond it are summarised */
  contextTokens: number
  /** model that names a chat after its first answer; undefined: no model is used for that */
  titleModel: string | undefined
  drainSeconds: number
  /** how long an idle connection is kept; must be longer than the proxies in front keep theirs */
  keepAliveSeconds: number
  /** POSTs per user and minute; 0: no limits at all */
  rateLimitPerMinute: number
  /** tokens that a new user gets; 0: no limit */
  freeCredits: number
  logLevel: string
  /** warnings about settings that work but should be changed; they never contain a value */
  warnings: string[]
}

const wholeNumber = (from: number, to: number) => z.coerce.number().int().min(from).max(to)
const httpUrl = z.url({ protocol: /^https?$/ })
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
)

/** Trimmed, because a file of secrets may add white space. */
const address = (check: (text: string, tell: (sentence: string) => void) => string) =>
  z
    .string()
    .trim()
    .transform((text, context) => check(text, (sentence) => context.addIssue(sentence)))

const environmentSchema = z.object({
  NODE_ENV: z.string().default("development"),
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().optional(),
  DATA_DIR: z.string().default(".data"),
  DATABASE_URL: address(databaseAddress).optional(),
  DATABASE_URL_DIRECT: address(databaseAddress).optional(),
  DATABASE_SCHEMA: address(schemaName).optional(),
  DATABASE_POOL: wholeNumber(1, 1000).default(20),
  REDIS_URL: address(redisAddress).optional(),
  UPSTASH_REDIS_REST_URL: address(upstashAddress).optional(),
  UPSTASH_REDIS_REST_TOKEN: z.string().trim().regex(/^\S+$/, "is one word, without spaces").optional(),
  REDIS_PREFIX: address(redisPrefix).optional(),
  RESUMABLE_STREAMS: z.enum(["0", "1"]).default("1"),
  STREAM_RELAY: z.enum(["log", "pubsub"]).default("log"),
  CHAT_TRANSPORT: z.enum(["sse", "websocket"]).default("sse"),
  CRASH_RECOVERY: z.enum(["continue", "interrupt"]).default("continue"),
  OPENAI_BASE_URL: httpUrl.optional(),
  OPENAI_API_KEY: z.string().optional(),
  CHAT_MODELS: list.optional(),
  AI_GATEWAY_API_KEY: z.string().optional(),
  MODEL_READS: list.pipe(z.array(z.enum(["image", "pdf", "none"]))).default(["image", "pdf"]),
  MODEL_OMITS: list.pipe(z.array(z.string().transform(omitOf))).default([]),
  MCP_SERVERS: list.pipe(z.array(z.string().transform(mcpServerOf))).default([]),
  ...gooseVariables,
  UPLOAD_QUOTA_MB: wholeNumber(0, 1_000_000).default(500),
  S3_ENDPOINT: httpUrl.optional(),
  S3_BUCKET: z.string().optional(),
  S3_REGION: z.string().default("us-east-1"),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  BETTER_AUTH_SECRET: z.string().min(32).optional(),
  BETTER_AUTH_URL: httpUrl.optional(),
  TRUSTED_ORIGINS: list.pipe(z.array(httpUrl.transform(originOf))).default([]),
  ADMIN_EMAILS: list.pipe(z.array(z.email().toLowerCase())).default([]),
  METRICS_TOKEN: z.string().optional(),
  MERGE_EVERY_MS: wholeNumber(0, 1000).default(33),
  SAVE_EVERY_CHARS: wholeNumber(1, Number.MAX_SAFE_INTEGER).default(200),
  CONTEXT_TOKENS: wholeNumber(500, 100_000_000).default(32_000),
  TITLE_MODEL: z.string().optional(),
  DRAIN_SECONDS: wholeNumber(0, 3600).default(25),
  KEEP_ALIVE_SECONDS: wholeNumber(1, 86_400).default(125),
  RATE_LIMIT_PER_MINUTE: wholeNumber(0, 1_000_000).default(60),
  FREE_CREDITS: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(1_000_000),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
})

export class ConfigError extends Error {
  override readonly name = "ConfigError"
}

/**
 * Reads and checks the environment.
 * @param environment defaults to the process's own; an empty value counts as not set
 * @throws ConfigError with every invalid name and its problem, but never a value
 */
export function loadConfig(environment: Record<string, string | undefined> = processEnvironment()): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  )
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success)
    throw new ConfigError(listOf(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`)))
  const env = parsed.data
  const problems = contradictions(env)
  if (problems.length > 0) throw new ConfigError(listOf(problems))
  const ids = env.CHAT_MODELS ?? []
  return {
    isProduction: env.NODE_ENV === "production",
    port: env.PORT,
    host: env.HOST,
    dataDir: path.resolve(env.DATA_DIR),
    database: databaseOf(env),
    store: storeOf(env),
    relay: env.RESUMABLE_STREAMS === "0" ? "off" : env.STREAM_RELAY,
    chatTransport: env.CHAT_TRANSPORT,
    crashRecovery: env.CRASH_RECOVERY,
    files: filesOf(env),
    uploadQuotaBytes: env.UPLOAD_QUOTA_MB * 1_000_000,
    models: {
      openAiCompatible: env.OPENAI_BASE_URL
        ? { baseUrl: env.OPENAI_BASE_URL, apiKey: env.OPENAI_API_KEY, ids, omits: env.MODEL_OMITS }
        : undefined,
      gatewayApiKey: env.AI_GATEWAY_API_KEY,
      gatewayIds: env.OPENAI_BASE_URL ? [] : ids,
      mergeEveryMs: env.MERGE_EVERY_MS,
      reads: env.MODEL_READS.filter((kind) => kind !== "none"),
    },
    mcpServers: env.MCP_SERVERS,
    goose: gooseOf(env, env.DATA_DIR),
    auth: {
      secret: env.BETTER_AUTH_SECRET,
      url: env.BETTER_AUTH_URL,
      trustedOrigins: env.BETTER_AUTH_URL
        ? [originOf(env.BETTER_AUTH_URL), ...env.TRUSTED_ORIGINS]
        : env.TRUSTED_ORIGINS,
    },
    adminEmails: env.ADMIN_EMAILS,
    metricsToken: env.METRICS_TOKEN,
    saveEveryChars: env.SAVE_EVERY_CHARS,
    contextTokens: env.CONTEXT_TOKENS,
    titleModel: env.TITLE_MODEL,
    drainSeconds: env.DRAIN_SECONDS,
    keepAliveSeconds: env.KEEP_ALIVE_SECONDS,
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    freeCredits: env.FREE_CREDITS,
    logLevel: env.LOG_LEVEL,
    warnings: warningsAbout(env, given["DATABASE_URL"]),
  }
}

/** Loads `.env`, which does not override what is already set. Next reads it too, but later and only for itself. */
function processEnvironment(): NodeJS.ProcessEnv {
  if (existsSync(".env")) process.loadEnvFile(".env")
  return process.env
}

type Environment = z.infer<typeof environmentSchema>

function contradictions(env: Environment): string[] {
  const problems: string[] = []
  if (Boolean(env.UPSTASH_REDIS_REST_URL) !== Boolean(env.UPSTASH_REDIS_REST_TOKEN))
    problems.push("UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN: set both or neither")
  if (env.REDIS_URL && env.UPSTASH_REDIS_REST_URL) problems.push("REDIS_URL, UPSTASH_REDIS_REST_URL: set one of them")
  if (env.REDIS_PREFIX && !env.REDIS_URL && !env.UPSTASH_REDIS_REST_URL)
    problems.push("REDIS_PREFIX: only with REDIS_URL or UPSTASH_REDIS_REST_URL")
  if ((env.OPENAI_BASE_URL || env.AI_GATEWAY_API_KEY) && !env.CHAT_MODELS?.length)
    problems.push("CHAT_MODELS: name at least one model of the server you set")
  if (env.TITLE_MODEL && !env.CHAT_MODELS?.includes(env.TITLE_MODEL))
    problems.push("TITLE_MODEL: name one of CHAT_MODELS")
  if (env.MODEL_OMITS.some(({ modelId }) => modelId !== undefined && !env.CHAT_MODELS?.includes(modelId)))
    problems.push("MODEL_OMITS: name one of CHAT_MODELS before each =")
  if (env.DATABASE_URL && !env.BETTER_AUTH_SECRET)
    problems.push("BETTER_AUTH_SECRET: required with DATABASE_URL, so that all servers accept one another's sessions")
  for (const name of ["DATABASE_SCHEMA", "DATABASE_URL_DIRECT"] as const)
    if (env[name] && !env.DATABASE_URL) problems.push(`${name}: only with DATABASE_URL`)
  const s3 = [env.S3_ENDPOINT, env.S3_BUCKET, env.S3_ACCESS_KEY_ID, env.S3_SECRET_ACCESS_KEY]
  if (s3.some(Boolean) && !s3.every(Boolean))
    problems.push("S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: set all of them or none")
  return [...problems, ...gooseContradictions(env)]
}

function warningsAbout(env: Environment, databaseUrl: string | undefined): string[] {
  const token = env.METRICS_TOKEN
  const isGuessed = token !== undefined && token.length < 16
  return [
    ...(isGuessed ? ["METRICS_TOKEN: under 16 characters it can be guessed by trying"] : []),
    ...(databaseUrl ? databaseWarnings(databaseUrl.trim()) : []),
    ...gooseWarnings(env),
  ]
}

function databaseOf({ DATABASE_URL: url, ...env }: Environment): Config["database"] {
  if (!url) return { kind: "pglite", folder: path.resolve(env.DATA_DIR, "database") }
  const { DATABASE_URL_DIRECT: directUrl, DATABASE_SCHEMA: schema, DATABASE_POOL: connections } = env
  return { kind: isNeon(url) ? "neon" : "postgres", url, directUrl, schema, connections }
}

/** Parses `name=https://…`, where the name is a short word. */
function mcpServerOf(entry: string, context: z.RefinementCtx): { name: string; url: string } {
  const [, name = "", url = ""] = /^([a-z][a-z0-9]{0,19})=(.+)$/.exec(entry) ?? []
  if (!httpUrl.safeParse(url).success) context.addIssue("is a list of name=url, each name a short word in lower case")
  return { name, url }
}

function originOf(url: string): string {
  return new URL(url).origin
}

function filesOf(env: Environment): Config["files"] {
  const { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region } = env
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey)
    return { kind: "local", folder: path.resolve(env.DATA_DIR, "uploads") }
  return { kind: "s3", endpoint, bucket, region, accessKeyId, secretAccessKey }
}

function storeOf(env: Environment): Config["store"] {
  if (env.REDIS_URL) return { kind: "redis", url: env.REDIS_URL, prefix: env.REDIS_PREFIX }
  if (env.UPSTASH_REDIS_REST_URL && env.UPSTASH_REDIS_REST_TOKEN)
    return {
      kind: "upstash",
      url: env.UPSTASH_REDIS_REST_URL,
      token: env.UPSTASH_REDIS_REST_TOKEN,
      prefix: env.REDIS_PREFIX,
    }
  return { kind: "memory" }
}

function listOf(problems: string[]): string {
  return `The environment has problems:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`
}
