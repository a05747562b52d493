import { expect, test } from "vitest"
import { ConfigError, loadConfig } from "#lib/config.ts"

function complaintAbout(environment: Record<string, string>): string {
  try {
    loadConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error("nothing was wrong with it")
}

test("an empty environment works: embedded database, memory, scripted model, no secret to set", () => {
  const config = loadConfig({})
  expect(config.database.kind).toBe("pglite")
  expect(config.store.kind).toBe("memory")
  expect(config.models.openAiCompatible).toBeUndefined()
  expect(config.auth).toEqual({ secret: undefined, url: undefined, trustedOrigins: [] })
})

test("admins are listed by e-mail address, in any case, and an invalid entry is refused", () => {
  expect(loadConfig({ ADMIN_EMAILS: "Ada@Example.org, bob@example.org" }).adminEmails).toEqual([
    "ada@example.org",
    "bob@example.org",
  ])
  expect(loadConfig({})).toMatchObject({ adminEmails: [], metricsToken: undefined })
  expect(complaintAbout({ ADMIN_EMAILS: "ada" })).toContain("ADMIN_EMAILS")
})

test("any token for the metrics is accepted, but a guessable one causes a warning", () => {
  expect(loadConfig({ METRICS_TOKEN: "t" })).toMatchObject({
    metricsToken: "t",
    warnings: [expect.stringContaining("METRICS_TOKEN")],
  })
  expect(loadConfig({ METRICS_TOKEN: "0123456789abcdef" }).warnings).toEqual([])
})

test("SAVE_EVERY_CHARS takes any positive whole number", () => {
  for (const chars of [1, 19, 200, 5_000_000])
    expect(loadConfig({ SAVE_EVERY_CHARS: String(chars) }).saveEveryChars).toBe(chars)
  for (const wrong of ["0", "-1", "1.5", "often"])
    expect(complaintAbout({ SAVE_EVERY_CHARS: wrong })).toContain("SAVE_EVERY_CHARS")
})

test("P2 idle connections may be kept longer than any proxy keeps them, but not for no time", () => {
  expect(loadConfig({ KEEP_ALIVE_SECONDS: "620" }).keepAliveSeconds).toBe(620)
  for (const wrong of ["0", "-1", "1.5", "long"])
    expect(complaintAbout({ KEEP_ALIVE_SECONDS: wrong })).toContain("KEEP_ALIVE_SECONDS")
})

test("an empty value counts as not set", () => {
  expect(loadConfig({ DATABASE_URL: "", BETTER_AUTH_SECRET: "", PORT: "", TRUSTED_ORIGINS: "" })).toEqual(
    loadConfig({}),
  )
})

test("all invalid settings are listed at once, without their values", () => {
  const complaint = complaintAbout({
    PORT: "eighty-five",
    DATABASE_URL: "mysql://root:hunter2@db/chat",
    BETTER_AUTH_SECRET: "hunter3",
    RATE_LIMIT_PER_MINUTE: "-7",
    RESUMABLE_STREAMS: "maybe",
    TRUSTED_ORIGINS: "https://fine.example, hunter4",
  })
  for (const name of [
    "PORT",
    "DATABASE_URL",
    "BETTER_AUTH_SECRET",
    "RATE_LIMIT_PER_MINUTE",
    "RESUMABLE_STREAMS",
    "TRUSTED_ORIGINS",
  ])
    expect(complaint).toContain(`  - ${name}`)
  expect(complaint).not.toMatch(/hunter|eighty|maybe|-7|fine\.example/)
})

test.each([
  ["half of an Upstash address", { UPSTASH_REDIS_REST_URL: "https://redis.example" }, "UPSTASH_REDIS_REST_TOKEN"],
  ["half of an S3 store", { S3_ENDPOINT: "https://s3.example", S3_BUCKET: "uploads" }, "S3_SECRET_ACCESS_KEY"],
  ["a model server without a model", { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" }, "CHAT_MODELS"],
  ["a shared database without a shared secret", { DATABASE_URL: "postgres://db/chat" }, "BETTER_AUTH_SECRET"],
  [
    "two places for streams",
    { REDIS_URL: "redis://a", UPSTASH_REDIS_REST_URL: "https://b", UPSTASH_REDIS_REST_TOKEN: "c" },
    "REDIS_URL",
  ],
])("%s is refused", (_what, environment, name) => {
  expect(complaintAbout(environment)).toContain(name)
})

test("the database driver follows from the address's host", () => {
  const kindOf = (DATABASE_URL: string) =>
    loadConfig({ DATABASE_URL, BETTER_AUTH_SECRET: "s".repeat(32) }).database.kind
  expect(kindOf("postgres://user@ep-cool-1.eu-central-1.aws.neon.tech/chat")).toBe("neon")
  expect(kindOf("postgresql://user@neon.tech.example/chat")).toBe("postgres")
})

test("I4 the schema for the tables is a plain name, and only a server may have one", () => {
  const server = { DATABASE_URL: "postgres://db/chat", BETTER_AUTH_SECRET: "s".repeat(32) }
  expect(loadConfig(server).database).toMatchObject({ schema: undefined })
  expect(loadConfig({ ...server, DATABASE_SCHEMA: "rejoin_2" }).database).toMatchObject({ schema: "rejoin_2" })
  for (const wrong of ["Rejoin", "a,b", "a b", "2nd", 'a"b', "a".repeat(64), "drizzle", "pg_temp"])
    expect(complaintAbout({ ...server, DATABASE_SCHEMA: wrong })).toContain("DATABASE_SCHEMA")
  expect(complaintAbout({ DATABASE_SCHEMA: "rejoin" })).toContain("only with DATABASE_URL")
})

test("I5 a prefix for Redis is a plain word, and only for a Redis", () => {
  const server = { REDIS_URL: "redis://a" }
  expect(loadConfig({ ...server, REDIS_PREFIX: " staging " }).store).toMatchObject({ prefix: "staging" })
  for (const wrong of ["a b", "{a}", "*", ":a", "é", "a".repeat(65)])
    expect(complaintAbout({ ...server, REDIS_PREFIX: wrong })).toContain("REDIS_PREFIX")
  expect(complaintAbout({ REDIS_PREFIX: "staging" })).toContain("only with REDIS_URL")
})

test("I3 an address past the pooler is one of a database, and only beside the usual one", () => {
  const server = { DATABASE_URL: "postgres://pooler/chat", BETTER_AUTH_SECRET: "s".repeat(32) }
  const direct = { DATABASE_URL_DIRECT: "postgres://db/chat" }
  expect(loadConfig({ ...server, ...direct }).database).toMatchObject({ directUrl: "postgres://db/chat" })
  expect(complaintAbout({ ...server, DATABASE_URL_DIRECT: "mysql://db" })).toContain("DATABASE_URL_DIRECT")
  expect(complaintAbout(direct)).toContain("only with DATABASE_URL")
})

test("I6 the number of connections per process can be set, and nonsense is refused", () => {
  const server = { DATABASE_URL: "postgres://db/chat", BETTER_AUTH_SECRET: "s".repeat(32) }
  expect(loadConfig(server).database).toMatchObject({ connections: 20 })
  expect(loadConfig({ ...server, DATABASE_POOL: "3" }).database).toMatchObject({ connections: 3 })
  for (const wrong of ["0", "-1", "many", "2.5"])
    expect(complaintAbout({ ...server, DATABASE_POOL: wrong })).toContain("DATABASE_POOL")
})

test("trusted origins are cut to origins, and our own address is one of them", () => {
  const { auth } = loadConfig({
    BETTER_AUTH_URL: "https://chat.example/",
    TRUSTED_ORIGINS: "https://a.example/path, http://b.example:8080/",
  })
  expect(auth.trustedOrigins).toEqual(["https://chat.example", "https://a.example", "http://b.example:8080"])
})

test("D2 omitted fields are listed for all models or for one, and an unknown name is refused", () => {
  const environment = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1", CHAT_MODELS: "gemma3:4b,other" }
  const omitsOf = (MODEL_OMITS: string) => loadConfig({ ...environment, MODEL_OMITS }).models.openAiCompatible?.omits
  expect(omitsOf("")).toEqual([])
  expect(omitsOf("stream_options, gemma3:4b=tools")).toEqual([
    { modelId: undefined, name: "stream_options" },
    { modelId: "gemma3:4b", name: "tools" },
  ])
  expect(complaintAbout({ ...environment, MODEL_OMITS: "tool" })).toContain("MODEL_OMITS.0: is a list of name")
  expect(complaintAbout({ ...environment, MODEL_OMITS: "third=tools" })).toContain(
    "MODEL_OMITS: name one of CHAT_MODELS",
  )
})

test("MCP servers are listed by name, and an invalid entry is refused without its value", () => {
  expect(loadConfig({ MCP_SERVERS: "sums=http://127.0.0.1:9/mcp, more=https://mcp.example" }).mcpServers).toEqual([
    { name: "sums", url: "http://127.0.0.1:9/mcp" },
    { name: "more", url: "https://mcp.example" },
  ])
  for (const wrong of ["https://token@mcp.example", "sums=ftp://mcp.example", "Two Words=https://mcp.example"])
    expect(() => loadConfig({ MCP_SERVERS: wrong })).toThrow(/MCP_SERVERS\.0: is a list of name=url/)
})
