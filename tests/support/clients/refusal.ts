import { expect } from "vitest"

/** Expects an error as `docs/protocol.md` describes it: status, code, and a body of our own shape. */
export async function expectRefusal(response: Response, status: number, code: string): Promise<void> {
  const body = (await response.json()) as { error: Record<string, unknown> }
  expect([response.status, body.error.code]).toEqual([status, code])
  expect(response.headers.get("content-type")).toContain("application/json")
  expect(body.error).toMatchObject({
    message: expect.any(String),
    requestId: expect.any(String),
    retryable: expect.any(Boolean),
  })
}
