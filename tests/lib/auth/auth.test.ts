import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { eq, sql } from "drizzle-orm"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { GET, POST } from "#app/api/auth/[...all]/route.ts"
import { type Database, openDatabase } from "#db/client.ts"
import { charge, chat, session, user } from "#db/schema.ts"
import { createAuth } from "#lib/auth/auth.ts"
import { findUser, requireUser } from "#lib/auth/session.ts"
import { loadConfig } from "#lib/config.ts"
import { ChatError } from "#lib/errors.ts"
import { expectRefusal } from "#tests/support/clients/refusal.ts"
import { type Visitor, visitorOf } from "#tests/support/clients/visitor.ts"
import { openTestDatabase } from "#tests/support/databases/databases.ts"
import { freePort } from "#tests/support/databases/postgres.ts"

const services = vi.hoisted(() => ({ current: {} as object }))
vi.mock("#lib/services.ts", () => ({ getServices: async () => services.current }))

const guestPath = "/api/auth/sign-in/anonymous"
const ada = { name: "Ada é 👩‍🚀", email: "ada@example.org", password: "correct horse" }

let database: Database
let dataDir: string
beforeAll(async () => {
  database = await openTestDatabase("pglite")
  dataDir = mkdtempSync(path.join(tmpdir(), "auth-"))
})
afterAll(async () => {
  await database.close()
  rmSync(dataDir, { recursive: true })
})
beforeEach(() => serve())
afterEach(async () => {
  vi.useRealTimers()
  await database.db.execute(sql`truncate "User" cascade`)
})

/** The configuration of the addresses below: defaults plus the given settings. */
function serve(environment: Record<string, string> = {}, db = database.db) {
  const config = loadConfig({ DATA_DIR: dataDir, ...environment })
  const auth = createAuth({ db, config })
  services.current = { config, auth, logger: { error: () => undefined, warn: () => undefined } }
  return auth
}

const visitor = (address?: string): Visitor => visitorOf({ GET, POST }, address)

async function guest(address?: string): Promise<Visitor> {
  const someone = visitor(address)
  expect((await someone.post(guestPath, {})).status).toBe(200)
  return someone
}

async function codeOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.catch((thrown: unknown) => thrown)
  return error instanceof ChatError ? error.code : `no ChatError: ${String(error)}`
}

/** Creates a chat of this user, answered once at a cost of `credits`. */
async function talk(userId: string, credits: number): Promise<string> {
  const chatId = randomUUID()
  await database.db.insert(chat).values({ id: chatId, userId, agent: "assistant", title: "Hello" })
  const usage = { inputTokens: credits, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0, estimated: false }
  await database.db
    .insert(charge)
    .values({ ...usage, credits, streamId: randomUUID(), userId, chatId, messageId: randomUUID(), model: "scripted" })
  await database.db
    .update(user)
    .set({ credits: sql`credits - ${credits}` })
    .where(eq(user.id, userId))
  return chatId
}

async function creditsOf(userId: string): Promise<number | undefined> {
  return (await database.db.select().from(user).where(eq(user.id, userId)))[0]?.credits
}

describe("a guest", () => {
  test("needs no set-up, and has the free credits and a cookie that no script can read", async () => {
    const auth = serve({ FREE_CREDITS: "500" })
    const someone = visitor()
    const response = await someone.post(guestPath, {})
    expect(response.status).toBe(200)
    for (const cookie of response.headers.getSetCookie()) {
      expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/)
      expect(cookie).toContain("; Path=/;")
    }
    const asker = await requireUser(auth, someone.headers())
    expect(asker.isAnonymous).toBe(true)
    expect(await creditsOf(asker.id)).toBe(500)
    expect(JSON.stringify(await response.json())).not.toContain("credits")
  })

  test.each([
    ["behind a proxy that ends TLS", {}, { "x-forwarded-proto": "https" }],
    ["under an https address that was configured", { BETTER_AUTH_URL: "https://chat.example" }, {}],
  ])("%s, gets a cookie for https only, and is recognized by it", async (_where, environment, headers) => {
    const auth = serve(environment)
    const someone = visitor()
    const response = await someone.post(guestPath, {}, headers)
    for (const cookie of response.headers.getSetCookie()) expect(cookie).toMatch(/; Secure$/)
    expect(await findUser(auth, someone.headers())).toMatchObject({ isAnonymous: true })
  })

  test("keeps the chats and their charges after signing up", async () => {
    const auth = serve({ FREE_CREDITS: "500" })
    const someone = await guest()
    const before = await requireUser(auth, someone.headers())
    const chatId = await talk(before.id, 120)
    expect((await someone.post("/api/auth/sign-up/email", ada, { origin: "http://127.0.0.1:3000" })).status).toBe(200)

    const after = await requireUser(auth, someone.headers())
    expect(after).toMatchObject({ name: ada.name, email: ada.email, isAnonymous: false })
    expect(await database.db.select().from(chat)).toMatchObject([{ id: chatId, userId: after.id }])
    expect(await database.db.select().from(charge)).toMatchObject([{ chatId, userId: after.id }])
    expect(await creditsOf(after.id)).toBe(380)
    expect(await creditsOf(before.id)).toBe(0)
    expect(await database.db.select().from(session).where(eq(session.userId, before.id))).toEqual([])
  })

  test("gains no credits by signing in again and again", async () => {
    const auth = serve({ FREE_CREDITS: "500" })
    const first = visitor()
    await first.post("/api/auth/sign-up/email", ada)
    const { id } = await requireUser(auth, first.headers())
    for (const left of [300, 100]) {
      const someone = await guest()
      await talk((await requireUser(auth, someone.headers())).id, 200)
      expect((await someone.post("/api/auth/sign-in/email", ada)).status).toBe(200)
      expect((await requireUser(auth, someone.headers())).id).toBe(id)
      expect(await creditsOf(id)).toBe(left)
    }
    expect(await database.db.select().from(chat).where(eq(chat.userId, id))).toHaveLength(2)
  })
})

describe("a session", () => {
  test("costs at most one query a minute", async () => {
    const auth = serve()
    const someone = await guest()
    vi.useFakeTimers({ toFake: ["Date"] })
    const queries = vi.spyOn(clientOf(database), "query")
    await requireUser(auth, someone.headers())
    expect(queries).toHaveBeenCalledTimes(0)
    vi.setSystemTime(Date.now() + 61_000)
    const { setCookies } = await requireUser(auth, someone.headers())
    expect(queries).toHaveBeenCalledTimes(1)

    someone.cookies.set("better-auth.session_data", setCookies.join().match(/session_data=([^;]+)/)?.[1] ?? "")
    await requireUser(auth, someone.headers())
    expect(queries).toHaveBeenCalledTimes(1)
  })

  test("is unknown everywhere a minute after its sign-out", async () => {
    const auth = serve()
    const someone = await guest()
    const stolen = someone.headers()
    await someone.post("/api/auth/sign-out", {})
    expect(await codeOf(requireUser(auth, someone.headers()))).toBe("unauthenticated")
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime(Date.now() + 61_000)
    expect(await codeOf(requireUser(auth, stolen))).toBe("session_invalid")
  })

  test("B1 is reported as missing", async () => {
    const auth = serve()
    expect(await codeOf(requireUser(auth, new Headers()))).toBe("unauthenticated")
    expect(await codeOf(requireUser(auth, new Headers({ cookie: "theme=dark" })))).toBe("unauthenticated")
    expect(await findUser(auth, new Headers())).toBeUndefined()
  })

  test("B2 is refused if forged, tampered with or from another server, and its cookies are cleared", async () => {
    const auth = serve()
    const someone = await guest()
    const [token = ""] = (someone.cookies.get("better-auth.session_token") ?? "").split(".")
    const unsigned = ["alg", "sub"].map((claim) =>
      Buffer.from(JSON.stringify({ [claim]: "none" })).toString("base64url"),
    )
    const forgeries = [
      { token: "nonsense" },
      { token },
      { token: `${token}.${"A".repeat(43)}=` },
      { token: `${unsigned.join(".")}.`, data: `${unsigned.join(".")}.` },
      { token: "nonsense", data: someone.cookies.get("better-auth.session_data") },
    ]
    for (const forged of forgeries) {
      const cookie = `better-auth.session_token=${forged.token}; better-auth.session_data=${forged.data ?? ""}`
      const error = await requireUser(auth, new Headers({ cookie })).catch((thrown: unknown) => thrown)
      if (!(error instanceof ChatError)) throw new Error(`${cookie} was let in`)
      expect(error.code).toBe("session_invalid")
      expect(new Headers(error.headers).getSetCookie()).toHaveLength(2)
      expect(await findUser(auth, new Headers({ cookie }))).toBeUndefined()
    }
    const foreign = serve({ BETTER_AUTH_SECRET: "another server's secret, long enough" })
    expect(await codeOf(requireUser(foreign, someone.headers()))).toBe("session_invalid")
  })

  test("B2 is refused once expired", async () => {
    const auth = serve()
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime(Date.now() - 31 * 24 * 60 * 60 * 1000)
    const someone = await guest()
    // Forwards only, because a database that is given a time in the far future sets timers too long for Node.
    vi.useRealTimers()
    expect(await codeOf(requireUser(auth, someone.headers()))).toBe("session_invalid")
  })
})

describe("an authentication address", () => {
  test.each(["https://evil.example", "null", "http://127.0.0.1:3001", "http://127.0.0.1.evil.example:3000"])(
    "refuses requests from a page of %s",
    async (origin) => {
      const response = await visitor().post(guestPath, {}, { origin })
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ error: { code: "origin_not_allowed" } })
    },
  )

  test.each([
    ["its own page, under whatever host it was reached", { origin: "http://localhost:4000", host: "localhost:4000" }],
    ["its own page behind a proxy", { origin: "https://chat.example", "x-forwarded-host": "chat.example" }],
    ["a trusted origin", { origin: "https://trusted.example", "sec-fetch-site": "cross-site" }],
    ["a page of the same site", { origin: "http://127.0.0.1:3000", "sec-fetch-site": "same-site" }],
    ["a client that is no browser", {}],
  ])("accepts requests from %s, also with a cookie", async (_who, headers: Record<string, string>) => {
    serve({ TRUSTED_ORIGINS: "https://trusted.example" })
    const someone = visitor()
    expect((await someone.post(guestPath, {}, headers)).status).toBe(200)
    expect((await someone.post("/api/auth/sign-out", {}, headers)).status).toBe(200)
  })

  test("B13 B14 B15 accepts only uncompressed JSON of at most 64 kB", async () => {
    const filled = (size: number) => ({ ...ada, name: "x".repeat(size) })
    const large = await visitor().post("/api/auth/sign-up/email", filled(64_000))
    await expectRefusal(large, 413, "body_too_large")
    expect(large.headers.get("connection")).toBe("close")
    await expectRefusal(await visitor().post(guestPath, {}, { "content-length": "64001" }), 413, "body_too_large")
    expect((await visitor().post("/api/auth/sign-up/email", filled(60_000))).status).toBe(200)
    await expectRefusal(
      await POST(sentTo(guestPath, { body: "{}", headers: { "content-type": "text/plain" } }), next),
      415,
      "unsupported_media_type",
    )
    await expectRefusal(
      await visitor().post(guestPath, {}, { "content-encoding": "gzip" }),
      415,
      "unsupported_encoding",
    )
    expect((await POST(sentTo(guestPath, {}), next)).status, "a body that need not be there").toBe(200)
  })

  test("B16 gives up on a missing body after 20 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    const headers = { "content-type": "application/json" }
    const answering = POST(sentTo(guestPath, { body: new ReadableStream(), headers }), next)
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1))
    await vi.advanceTimersByTimeAsync(20_000)
    await expectRefusal(await answering, 408, "request_timeout")
  })

  test("refuses a short password and a wrong one", async () => {
    const someone = visitor()
    const short = await someone.post("/api/auth/sign-up/email", { ...ada, password: "1234567" })
    await expectRefusal(short, 400, "PASSWORD_TOO_SHORT")
    await someone.post("/api/auth/sign-up/email", ada)
    const other = visitor()
    const wrong = await other.post("/api/auth/sign-in/email", { ...ada, password: "12345678" })
    await expectRefusal(wrong, 401, "INVALID_EMAIL_OR_PASSWORD")
    expect(other.cookies.size).toBe(0)
  })

  test("gives all its refusals in the common shape, none of them as a database error", async () => {
    const someone = await guest()
    const signUp = (body: object) => visitor().post("/api/auth/sign-up/email", { ...ada, ...body })
    expect((await signUp({})).status).toBe(200)
    await expectRefusal(await signUp({}), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    await expectRefusal(await signUp({ email: 5 }), 400, "invalid_request")
    await expectRefusal(await signUp({ email: "b@example.org", name: "a\0b" }), 400, "invalid_text")
    await expectRefusal(await signUp({ email: "b@example.org", name: "\uD800" }), 400, "invalid_text")
    const again = await someone.post(guestPath, {})
    await expectRefusal(again, 400, "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY")
    await expectRefusal(await visitor().post("/api/auth/nowhere", {}), 404, "not_found")
    await expectRefusal(await visitor().get("/api/auth/sign-in/email"), 404, "not_found")
    await expectRefusal(await visitor().get("/api/auth/list-sessions"), 401, "UNAUTHORIZED")
    const headers = { "content-type": "application/json" }
    for (const body of ["{", "[".repeat(10_000)])
      await expectRefusal(await POST(sentTo(guestPath, { body, headers }), next), 400, "invalid_json")
    const mangled = new Uint8Array([0x22, 0xff, 0x22])
    await expectRefusal(await POST(sentTo(guestPath, { body: mangled, headers }), next), 400, "invalid_encoding")
  })

  test("explains in plain words that an address is reserved", async () => {
    serve({ ADMIN_EMAILS: ada.email })
    const refused = await visitor().post("/api/auth/sign-up/email", ada)
    await expectRefusal(refused.clone(), 403, "ADDRESS_IS_RESERVED")
    expect(((await refused.json()) as { error: { message: string } }).error.message).toMatch(/\w \w.*\.$/)
  })

  test("admits an office of 300 within a minute, and nobody tries more than ten passwords", async () => {
    for (let person = 0; person < 300; person++) await guest("198.51.100.1")
    const refused = await visitor("198.51.100.1").post(guestPath, {})
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ error: { code: "rate_limited", retryable: true } })
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
    await guest("198.51.100.2")

    const statuses = new Set<number>()
    for (let attempt = 0; attempt < 10; attempt++)
      statuses.add((await visitor().post("/api/auth/sign-in/email", { ...ada, email: "nobody" })).status)
    expect([...statuses]).toEqual([400])
    expect((await visitor().post("/api/auth/sign-in/email", ada)).status).toBe(429)
  })

  test("counts nothing when limits are switched off", async () => {
    serve({ RATE_LIMIT_PER_MINUTE: "0" })
    for (let attempt = 0; attempt < 20; attempt++)
      expect((await visitor().post("/api/auth/sign-in/email", { ...ada, email: "nobody" })).status).toBe(400)
  })

  test("F17 reports within 3 s that the database is down", async () => {
    const port = await freePort()
    const down = await openDatabase({ database: { kind: "postgres", url: `postgres://u@127.0.0.1:${port}/none` } })
    const someone = await guest()
    const auth = serve({}, down.db)
    const before = performance.now()
    const response = await visitor().post(guestPath, {})
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: "db_unavailable" } })
    expect((await someone.get("/api/auth/get-session?disableCookieCache=true")).status).toBe(503)
    await expectRefusal(await visitor().post("/api/auth/sign-up/email", ada), 503, "db_unavailable")
    await expectRefusal(await visitor().post("/api/auth/sign-in/email", ada), 503, "db_unavailable")
    const signedIn = await someone.post("/api/auth/change-password", { newPassword: "12345678", currentPassword: "1" })
    await expectRefusal(signedIn, 503, "db_unavailable")
    someone.cookies.delete("better-auth.session_data")
    expect(await codeOf(requireUser(auth, someone.headers()))).toBe("db_unavailable")
    expect(performance.now() - before).toBeLessThan(6000)
    await down.close()
  })
})

const next = { params: Promise.resolve({}) }

function sentTo(path: string, init: RequestInit): Request {
  return new Request(`http://localhost:3000${path}`, { method: "POST", duplex: "half", ...init } as RequestInit)
}

/** Drizzle keeps the driver's client there, with a different type for each driver. */
function clientOf({ db }: Database): { query: () => unknown } {
  return (db as unknown as { $client: { query: () => unknown } }).$client
}
