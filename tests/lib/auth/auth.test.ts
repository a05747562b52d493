import { randomUUID } from "node:crypto"
import { eq, sql } from "drizzle-orm"
import { describe, expect, test, vi } from "vitest"
import type { Database } from "#db/client.ts"
import { charge, chat, session, user } from "#db/schema.ts"
import { findUser, requireUser } from "#lib/auth/session.ts"
import { ChatError } from "#lib/errors.ts"
import { ada, codeOf, guest, guestPath, useAuthServer, visitor } from "./auth-server.ts"

const { database, serve } = useAuthServer()

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
    expect(await database().db.select().from(chat)).toMatchObject([{ id: chatId, userId: after.id }])
    expect(await database().db.select().from(charge)).toMatchObject([{ chatId, userId: after.id }])
    expect(await creditsOf(after.id)).toBe(380)
    expect(await creditsOf(before.id)).toBe(0)
    expect(await database().db.select().from(session).where(eq(session.userId, before.id))).toEqual([])
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
    expect(await database().db.select().from(chat).where(eq(chat.userId, id))).toHaveLength(2)
  })
})

describe("a session", () => {
  test("costs at most one query a minute", async () => {
    const auth = serve()
    const someone = await guest()
    vi.useFakeTimers({ toFake: ["Date"] })
    const queries = vi.spyOn(clientOf(database()), "query")
    await requireUser(auth, someone.headers())
    expect(queries).toHaveBeenCalledTimes(0)
    vi.setSystemTime(Date.now() + 61_000)
    const { setCookies } = await requireUser(auth, someone.headers())
    expect(queries).toHaveBeenCalledTimes(1)

    someone.cookies.set("better-auth.session_data", setCookies.join().match(/session_data=([^;]+)/)?.[1] ?? "")
    await requireUser(auth, someone.headers())
    expect(queries).toHaveBeenCalledTimes(1)
  })

  test("is verified once in the life of its signed copy, and again for other cookies", async () => {
    const auth = serve()
    const someone = await guest()
    const asker = await requireUser(auth, someone.headers())
    const verified = vi.spyOn(crypto.subtle, "verify")
    expect(await requireUser(auth, someone.headers())).toEqual(asker)
    expect(verified).not.toHaveBeenCalled()
    const { cookie = "" } = Object.fromEntries(someone.headers())
    const forged = new Headers({ cookie: cookie.replace(/(session_token=...)./, "$1~") })
    expect(await codeOf(requireUser(auth, forged))).toBe("session_invalid")
    expect(verified).toHaveBeenCalled()
  })

  test("is unknown everywhere a minute after its sign-out", async () => {
    const auth = serve()
    const someone = await guest()
    const stolen = someone.headers()
    await requireUser(auth, stolen)
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

/** Creates a chat of this user, answered once at a cost of `credits`. */
async function talk(userId: string, credits: number): Promise<string> {
  const chatId = randomUUID()
  await database().db.insert(chat).values({ id: chatId, userId, agent: "assistant", title: "Hello" })
  const usage = { inputTokens: credits, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0, estimated: false }
  await database()
    .db.insert(charge)
    .values({ ...usage, credits, streamId: randomUUID(), userId, chatId, messageId: randomUUID(), model: "scripted" })
  await database()
    .db.update(user)
    .set({ credits: sql`credits - ${credits}` })
    .where(eq(user.id, userId))
  return chatId
}

async function creditsOf(userId: string): Promise<number | undefined> {
  return (await database().db.select().from(user).where(eq(user.id, userId)))[0]?.credits
}

/** Drizzle keeps the driver's client there, with a different type for each driver. */
function clientOf({ db }: Database): { query: () => unknown } {
  return (db as unknown as { $client: { query: () => unknown } }).$client
}
