import { expect, test, vi } from "vitest"
import { ChatError } from "#lib/errors.ts"
import { checkOrigin } from "#lib/http/origin.ts"
import { refusedOriginLog } from "#lib/http/refused-origins.ts"

function refusalOf(headers: Record<string, string>, trusted: string[] = []): ChatError | undefined {
  try {
    checkOrigin(new Request("http://localhost:3000", { headers }), trusted)
  } catch (error) {
    if (error instanceof ChatError) return error
    throw error
  }
}

test("P3 a proxy that passes its own name is reported as such: both names, and what to set", () => {
  const error = refusalOf({ origin: "https://chat.example.org", host: "127.0.0.1:3000" })
  expect(error).toMatchObject({
    code: "origin_not_allowed",
    details: [
      { path: "Origin", problem: "https://chat.example.org" },
      { path: "Host", problem: "127.0.0.1:3000" },
      { path: "BETTER_AUTH_URL", problem: "not_set_for_this_origin" },
    ],
  })
  for (const word of ["https://chat.example.org", "127.0.0.1:3000", "BETTER_AUTH_URL"])
    expect(error?.message).toContain(word)
})

test("P3 a request that the browser marks as cross-site is reported as coming from another site", () => {
  const error = refusalOf({
    origin: "https://app.example.com",
    host: "chat.example.org",
    "sec-fetch-site": "cross-site",
  })
  for (const word of ["https://app.example.com", "chat.example.org", "TRUSTED_ORIGINS"])
    expect(error?.message).toContain(word)
})

test("P3 invalid names are not put into the sentence verbatim", () => {
  const error = refusalOf({ origin: "https://chat.example.org", host: `x\t${"y".repeat(10_000)}` })
  expect(error?.message.length).toBeLessThan(500)
  expect(refusalOf({ origin: "null", host: "chat.example.org" })?.message).toBe(
    "This request came from another site and was refused.",
  )
})

test.each([
  ["the protocol's own port", { origin: "https://chat.example.org", host: "chat.example.org:443" }],
  ["capital letters", { origin: "https://chat.example.org", host: "Chat.Example.ORG" }],
  [
    "several proxies, each with its own name",
    { origin: "https://chat.example.org", host: "inner:3000", "x-forwarded-host": "chat.example.org, middle:8080" },
  ],
])("P3 a name is recognized through %s", (_, headers) => {
  expect(refusalOf(headers)).toBeUndefined()
})

test.each([
  { origin: "https://chat.example.org:8443", host: "chat.example.org" },
  { origin: "http://chat.example.org", host: "chat.example.org:443" },
  { origin: "https://chat.example.org", host: "chat.example.org.evil.example" },
])("P3 another port or host counts as different: %o", (headers) => {
  expect(refusalOf(headers)?.code).toBe("origin_not_allowed")
})

test("P3 the log has each pair of names once, up to a limit that clients cannot exceed", () => {
  const logger = { warn: vi.fn() }
  const tell = refusedOriginLog()
  const refused = (origin: string) => refusalOf({ origin, host: "127.0.0.1:3000" }) as ChatError // of another host
  for (let times = 0; times < 3; times++) tell(refused("https://chat.example.org"), logger)
  tell(new ChatError("not_found"), logger)
  expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
    {
      code: "origin_not_allowed",
      origin: "https://chat.example.org",
      host: "127.0.0.1:3000",
      better_auth_url: "not_set_for_this_origin",
    },
    expect.stringContaining("BETTER_AUTH_URL"),
  )
  for (let site = 0; site < 100; site++) tell(refused(`https://site${site}.example`), logger)
  expect(logger.warn.mock.calls.length).toBeLessThan(50)
})
