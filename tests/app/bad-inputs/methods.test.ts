import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { expectRefusal } from "#tests/support/clients/refusal.ts"
import { freshService, stranger } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const id = randomUUID()
const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

const addresses = {
  "/api/chat": ["POST", "GET"],
  [`/api/chat/${id}`]: ["PATCH", "DELETE"],
  [`/api/chat/${id}/stream`]: ["GET"],
  [`/api/chat/${id}/stop`]: ["POST"],
  [`/api/chat/${id}/messages`]: ["GET"],
  [`/api/chat/${id}/branch`]: ["POST"],
  [`/api/chat/${id}/share`]: ["GET", "POST", "DELETE"],
  [`/api/chat/${id}/export`]: ["GET"],
  [`/api/chat/${id}/approval`]: ["POST"],
  [`/api/durable/${id}`]: ["GET", "HEAD", "OPTIONS"],
  "/api/chats": ["GET"],
  "/api/events": ["GET"],
  "/api/files": ["POST"],
  [`/api/files/${id}`]: ["GET", "DELETE"],
  "/api/usage": ["GET"],
  "/api/health": ["GET", "HEAD"],
  "/api/openapi.json": ["GET"],
  "/api/auth/sign-in/email": ["GET", "POST"],
}

test("B46 every address takes the methods that it documents and no others, OPTIONS and HEAD included", async () => {
  await freshService({ model: scripted("one") })
  for (const [address, allowed] of Object.entries(addresses))
    for (const method of methods) {
      const response = await stranger().request(address, { method })
      if (allowed.includes(method)) expect([address, method, response.status]).not.toContain(405)
      else {
        await expectRefusal(response, 405, "method_not_allowed")
        expect([address, response.headers.get("allow")]).toEqual([address, allowed.join(", ")])
      }
    }
})

test("B46 an unknown address, or one hidden from this user, answers 404 to every method", async () => {
  await freshService({ model: scripted("one"), environment: { METRICS_TOKEN: "a token of some length" } })
  for (const address of ["/api/nowhere", "/api/metrics", "/api/admin/streams", `/api/admin/streams/${id}/stop`])
    for (const method of methods) await expectRefusal(await stranger().request(address, { method }), 404, "not_found")
  const headers = { authorization: "Bearer a token of some length" }
  const asked = await stranger().request("/api/metrics", { method: "HEAD", headers })
  await expectRefusal(asked, 405, "method_not_allowed")
  expect(asked.headers.get("allow")).toBe("GET")
})

test("B46 HEAD on the health address returns the status without a body", async () => {
  await freshService({ model: scripted("one") })
  expect((await stranger().request("/api/health", { method: "HEAD" })).status).toBe(200)
})
