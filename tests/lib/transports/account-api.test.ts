// @vitest-environment jsdom
import { expect, test, vi } from "vitest"
import { signIn, signUp } from "#lib/transports/account-api.ts"

// better-auth's client keeps the fetch it finds when it is made, which is when it is imported.
const answer = vi.hoisted(() => {
  const stub = vi.fn<() => Promise<Response>>()
  vi.stubGlobal("fetch", stub)
  return stub
})

const ada = { email: "ada@example.org", password: "correct horse" }

test.each([
  [401, "INVALID_EMAIL_OR_PASSWORD", "wrong-password"],
  [422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "already-known"],
  [400, "PASSWORD_TOO_SHORT", "refused"],
  [413, "body_too_large", "refused"],
  [429, "rate_limited", "too-often"],
  [503, "db_unavailable", "unreachable"],
  [403, "origin_not_allowed", "wrong-address"],
])("a refused sign-in with %d %s is reported as %s", async (status, code, problem) => {
  const body = { error: { code, message: "A sentence.", requestId: "1", retryable: false } }
  answer.mockImplementation(async () => Response.json(body, { status }))
  expect(await signIn(ada)).toBe(problem)
  expect(await signUp(ada)).toBe(problem)
})

test.each([
  [401, "unreachable"],
  [404, "unreachable"],
  [200, "unreachable"],
  [429, "too-often"],
])("P1 a page from a proxy with %d counts as neither a sign-in nor a wrong password", async (status, problem) => {
  const html = { "content-type": "text/html" }
  answer.mockImplementation(async () => new Response("<h1>Welcome to our network</h1>", { status, headers: html }))
  expect(await signIn(ada)).toBe(problem)
  expect(await signUp(ada)).toBe(problem)
})

test("a successful sign-in reports no problem, and an unreachable server is reported", async () => {
  answer.mockResolvedValueOnce(Response.json({ token: "t", user: {} }))
  expect(await signIn(ada)).toBeUndefined()
  answer.mockRejectedValueOnce(new TypeError("no network"))
  expect(await signIn(ada)).toBe("unreachable")
})
