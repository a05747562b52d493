import { NextRequest } from "next/server"
import { expect, test } from "vitest"
import { proxy } from "../proxy.ts"

const page = "http://127.0.0.1:3000/agent/assistant"

test.each(["POST", "PUT", "PATCH", "DELETE"])(
  "B46 B67 a page refuses %s, whatever Server Action it names",
  async (method) => {
    const headers = { "next-action": "40\u009b31m", "content-type": "text/plain" }
    const response = proxy(new NextRequest(page, { method, headers, body: '["another user\'s id"]' }))
    expect(response.status).toBe(405)
    expect(response.headers.get("allow")).toBe("GET, HEAD")
    expect(await response.json()).toMatchObject({
      error: { code: "method_not_allowed", requestId: expect.any(String) },
    })
  },
)

test("a page request is passed on, with a policy that allows its own scripts only", () => {
  const policies = ["GET", "HEAD"].map((method) =>
    proxy(new NextRequest(page, { method })).headers.get("content-security-policy"),
  )
  for (const policy of policies) expect(policy).toMatch(/script-src 'self' 'nonce-[\da-f-]{36}' 'strict-dynamic'/)
  expect(policies[0]).not.toBe(policies[1])
})
