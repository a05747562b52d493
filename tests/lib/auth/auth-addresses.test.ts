import { describe, expect, test, vi } from "vitest"
import { openDatabase } from "#db/client.ts"
import { requireUser } from "#lib/auth/session.ts"
import { expectRefusal } from "#tests/support/clients/refusal.ts"
import { freePort } from "#tests/support/databases/postgres.ts"
import { within } from "#tests/support/within.ts"
import { ada, codeOf, guest, guestPath, send, useAuthServer, visitor } from "./auth-server.ts"

const { serve } = useAuthServer()

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
      await send(guestPath, { body: "{}", headers: { "content-type": "text/plain" } }),
      415,
      "unsupported_media_type",
    )
    await expectRefusal(
      await visitor().post(guestPath, {}, { "content-encoding": "gzip" }),
      415,
      "unsupported_encoding",
    )
    expect((await send(guestPath, {})).status, "a body that need not be there").toBe(200)
  })

  test("B16 gives up on a missing body after 20 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    const headers = { "content-type": "application/json" }
    const answering = send(guestPath, { body: new ReadableStream(), headers })
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
      await expectRefusal(await send(guestPath, { body, headers }), 400, "invalid_json")
    const mangled = new Uint8Array([0x22, 0xff, 0x22])
    await expectRefusal(await send(guestPath, { body: mangled, headers }), 400, "invalid_encoding")
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
    await within(6_000, async () => {
      const response = await visitor().post(guestPath, {})
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ error: { code: "db_unavailable" } })
      expect((await someone.get("/api/auth/get-session?disableCookieCache=true")).status).toBe(503)
      await expectRefusal(await visitor().post("/api/auth/sign-up/email", ada), 503, "db_unavailable")
      await expectRefusal(await visitor().post("/api/auth/sign-in/email", ada), 503, "db_unavailable")
      const signedIn = await someone.post("/api/auth/change-password", {
        newPassword: "12345678",
        currentPassword: "1",
      })
      await expectRefusal(signedIn, 503, "db_unavailable")
      someone.cookies.delete("better-auth.session_data")
      expect(await codeOf(requireUser(auth, someone.headers()))).toBe("db_unavailable")
    })
    await down.close()
  })
})
