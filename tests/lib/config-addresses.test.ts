import { Client } from "pg"
import { expect, test } from "vitest"
import { ConfigError, loadConfig } from "#lib/config.ts"

const secret = { BETTER_AUTH_SECRET: "s".repeat(32) }

function complaintAbout(environment: Record<string, string>): string {
  try {
    loadConfig({ ...secret, ...environment })
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return "nothing"
}

/** Returns the settings that pg parses from the address it is given. */
function connectionOf(DATABASE_URL: string): Client {
  const { database } = loadConfig({ ...secret, DATABASE_URL })
  if (database.kind === "pglite") throw new TypeError("not the server's")
  return new Client({ connectionString: database.url })
}

test("I7 an sslmode unknown to pg is refused with a list of those that work", () => {
  for (const query of ["sslmode=typo", "sslmode=Require", "sslmode=allow", "a=b&sslmode=verify_full"]) {
    const complaint = complaintAbout({ DATABASE_URL: `postgres://db.example/chat?${query}` })
    expect(complaint).toContain("DATABASE_URL: sslmode is one of disable, no-verify, verify-full")
    expect(complaint).not.toContain("db.example")
  }
  for (const query of ["ssl=false", "ssl=require", "sslMode=require", "ssl_mode=disable"])
    expect(complaintAbout({ DATABASE_URL: `postgres://db.example/chat?${query}` })).toContain("DATABASE_URL: ")
})

test("I7 an sslmode that pg treats as another is accepted as that one, with a warning", () => {
  const urlOf = (query: string) => ({ ...secret, DATABASE_URL: `postgres://db.example/chat?${query}` })
  for (const mode of ["prefer", "require", "verify-ca"]) {
    const { database, warnings } = loadConfig(urlOf(`a=b&sslmode=${mode}&c=d`))
    expect(warnings).toEqual([expect.stringContaining(`sslmode=${mode} acts as verify-full`)])
    expect(warnings[0]).not.toContain("db.example")
    expect(database).toMatchObject({ url: "postgres://db.example/chat?a=b&sslmode=verify-full&c=d" })
  }
  for (const query of [
    "",
    "sslmode=",
    "sslmode=disable",
    "sslmode=no-verify",
    "sslmode=verify-full",
    "ssl=0",
    "uselibpqcompat=true&sslmode=require",
  ]) {
    const { database, warnings } = loadConfig(urlOf(query))
    expect(warnings).toEqual([])
    expect(database).toMatchObject({ url: urlOf(query).DATABASE_URL })
  }
  const neon = "postgresql://u:p@ep-cool-1.aws.neon.tech/db?sslmode=require&channel_binding=require"
  expect(loadConfig({ ...secret, DATABASE_URL: neon })).toMatchObject({ database: { kind: "neon" }, warnings: [] })
})

test("I7 an unreadable certificate is reported at the start, not at the first query", () => {
  const complaint = complaintAbout({ DATABASE_URL: "postgres://db/chat?sslmode=verify-full&sslrootcert=/no/such.pem" })
  expect(complaint).toContain("DATABASE_URL: sslrootcert is the path of a file")
  expect(complaint).not.toContain("such.pem")
  expect(complaintAbout({ DATABASE_URL: "postgres://db/chat?uselibpqcompat=true&sslmode=verify-ca" })).toContain(
    "sslmode=verify-ca needs sslrootcert",
  )
})

test("I7 a socket's folder is accepted wherever pg accepts it", () => {
  for (const url of [
    "postgres://ada@/chat?host=/var/run/postgresql",
    "postgres://ada:s%40fe@/chat?host=/var/run/postgresql",
    "postgres:///chat?host=/var/run/postgresql&user=ada",
    "postgresql://ada@%2Fvar%2Frun%2Fpostgresql/chat",
    "postgres://ada@localhost/chat?host=/var/run/postgresql",
  ])
    expect(connectionOf(url)).toMatchObject({ host: "/var/run/postgresql", user: "ada", database: "chat" })
})

test("I7 white space around an address from a secret's file is removed", () => {
  expect(connectionOf(" postgres://ada:safe@db/chat \n")).toMatchObject({ password: "safe", database: "chat" })
  expect(loadConfig({ REDIS_URL: "redis://host:6379/1\n" }).store).toMatchObject({ url: "redis://host:6379/1" })
})

test("I7 a password that would be parsed differently, or as a host, is refused without revealing any of it", () => {
  for (const password of ["hun ter", "hun\tter", "hun%ter", "hunter%", "hun%2", "hun%FFter", "hun#ter", "12#ter"])
    for (const [name, url] of [
      ["DATABASE_URL", `postgres://ada:${password}@host/chat`],
      ["REDIS_URL", `redis://ada:${password}@host:6379`],
    ] as const)
      expectEncodingAsked(name, url, password)
  for (const password of ["hun/ter", "12/ter", "hun?ter", "12?ter", "12?t=r", "h@n/ter", "hun/t?r"])
    for (const [name, url] of [
      ["DATABASE_URL", `postgres://ada:${password}@host/chat`],
      ["REDIS_URL", `rediss://:${password}@host`],
    ] as const)
      expectEncodingAsked(name, url, password)

  function expectEncodingAsked(name: string, url: string, password: string): void {
    const complaint = complaintAbout({ [name]: url })
    expect(complaint, url).toContain(`- ${name}: is no address that can be read`)
    expect(complaint).toContain("percent-encoded")
    expect(complaint).not.toContain(password)
  }
})

test("I7 passwords that are parsed as meant are left unchanged", () => {
  for (const password of ["p@ss", "p:ss", "p%2Fss%20%23%3F%25", "p&s=s+;!$'()*,", "pä%C3%A4"])
    expect(connectionOf(`postgres://ada:${password}@host/chat?application_name=a@b`)).toMatchObject({
      password: decodeURIComponent(password),
      host: "host",
    })
})

test("I7 an address that is not Postgres, is quoted, or names several hosts is refused with one sentence", () => {
  for (const [name, url, sentence] of [
    ["DATABASE_URL", '"postgres://db/chat"', "begins with postgres:// or postgresql://, without quotes"],
    ["DATABASE_URL", "db.example:5432", "begins with postgres://"],
    ["DATABASE_URL", "postgres://a,b/chat", "several hosts"],
    ["DATABASE_URL", "postgres://ada@/chat?host=a,b", "several hosts"],
    ["REDIS_URL", "https://redis.example", "begins with redis:// or rediss://"],
    ["REDIS_URL", "redis://host/cache", "the number of a database"],
    ["REDIS_URL", "redis://a,b:6379", "several hosts"],
    ["UPSTASH_REDIS_REST_URL", "rediss://default:token@x.upstash.io:6379", "belongs in REDIS_URL"],
    ["UPSTASH_REDIS_REST_URL", "x.upstash.io", "begins with https://"],
    ["UPSTASH_REDIS_REST_TOKEN", "to ken", "is one word"],
  ] as const) {
    const upstash: Record<string, string> = name.startsWith("UPSTASH")
      ? { UPSTASH_REDIS_REST_URL: "https://x.upstash.io", UPSTASH_REDIS_REST_TOKEN: "token" }
      : {}
    const complaint = complaintAbout({ ...upstash, [name]: url })
    expect(
      complaint.split("\n").filter((line) => line.startsWith("  - ")),
      url,
    ).toHaveLength(1)
    expect(complaint).toContain(`${name}: `)
    expect(complaint).toContain(sentence)
    expect(complaint).not.toMatch(/example|upstash\.io|token@|to ken/)
  }
})
