import { APICallError } from "ai"
import { DrizzleQueryError } from "drizzle-orm"
import { expect, test } from "vitest"
import { ChatError } from "#lib/errors.ts"
import { createLogger } from "#lib/log/logger.ts"
import { redacted } from "#lib/log/redacted.ts"

const hidden = "Zm9vYmFyMTIzNDU2Nzg5MA"

test.each([
  `Incorrect API key provided: sk-proj-${hidden}.`,
  `key sk-ant-api03-${hidden}-x refused`,
  `pk_live_${hidden}`,
  `Authorization: Bearer ${hidden}.${hidden}`,
  `{"authorization":"Bearer ${hidden}"}`,
  `authorization=${hidden}`,
  `proxy-authorization: Basic ${hidden}==`,
  `postgres://rejoin:${hidden}@db.internal:5432/rejoin`,
  `rediss://:${hidden}@cache.internal:6379`,
  `https://models.example/v1?api_key=${hidden}&stream=1`,
  `{"apiKey": "${hidden}", "model": "m"}`,
  `x-api-key: ${hidden}`,
  `password='${hidden}' host=db`,
  `PGPASSWORD=${hidden}`,
  `X-Secret-Key: ${hidden}`,
  `Cookie: better-auth.session_token=${hidden}.${hidden}; theme=dark`,
  `set-cookie: better-auth.session_token=${hidden}; HttpOnly`,
  `ghp_${hidden}${hidden} github_pat_${hidden}`,
  `xoxb-${hidden}`,
  "AKIAIOSFODNN7EXAMPLE",
  `AIzaSy${hidden}${hidden}`,
  `eyJhbGciOiJIUzI1NiJ9.${hidden}.${hidden}`,
  `-----BEGIN RSA PRIVATE KEY-----\n${hidden}\n${hidden}\n-----END RSA PRIVATE KEY-----`,
  `UPSTASH_REDIS_REST_TOKEN=${hidden}`,
])("B65 no part of a secret is left in %j", (text) => {
  const left = redacted(text)
  expect(left).not.toContain(hidden)
  expect(left).not.toContain("IOSFODNN7EXAMPLE")
  expect(left).toContain("[secret]")
})

test.each([
  "connect ECONNREFUSED 127.0.0.1:5432",
  "Query read timeout",
  "The model's provider did not answer. Try again.",
  "https://models.example/v1/chat/completions answered 500",
  "at generation.ts:112 (file:///app/lib/generation/generation.ts:112:7)",
  "a token a second, task-force, desk-lamp-holder",
])("a value without secrets is unchanged: %j", (text) => {
  expect(redacted(text)).toBe(text)
})

test("F46 the log has an error's codes and causes, but no provider's secret and no person's text", () => {
  const cause = new APICallError({
    message: `no credit for sk-proj-${hidden}`,
    url: "https://models.example/v1/chat/completions",
    requestBodyValues: { messages: ["my diary"] },
    statusCode: 500,
    responseBody: `{"key":"sk-proj-${hidden}"}`,
  })
  const [line] = logged(new ChatError("provider_unavailable", { cause }))
  expect(line).not.toContain(hidden)
  expect(line).not.toContain("my diary")
  expect(JSON.parse(line ?? "")).toMatchObject({
    err: { code: "provider_unavailable", cause: { type: "AI_APICallError", message: "no credit for [secret]" } },
  })
})

test("a failed query is logged by the database's message, without its values", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:5432"), { code: "ECONNREFUSED" })
  const [line] = logged(new DrizzleQueryError('insert into "Message"', ["my diary"], refused))
  expect(line).not.toContain("my diary")
  expect(JSON.parse(line ?? "")).toMatchObject({ err: { code: "ECONNREFUSED", message: refused.message } })
})

test("B62 names of tools and models cannot control the terminal that shows the log", () => {
  const name = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u007f\r\n{"level":60}\u202egnp.exe<img src=x onerror=alert(1)>'
  const [line, ...more] = logged(Object.assign(new Error(`no tool ${name}`), { code: name }), { toolName: name })
  expect(more).toEqual([])
  expect(line?.trimEnd()).not.toMatch(/[\p{Cc}\u202e]/u)
  expect(JSON.parse(line ?? "")).toMatchObject({
    toolName: name,
    err: { code: name, message: `no tool ${name}` },
  })
})

test("an error page from a provider fills at most one line", () => {
  const [line] = logged(new Error(`<html>${"x".repeat(1_000_000)}</html>`))
  expect(line?.length).toBeLessThan(10_000)
})

function logged(error: unknown, more: object = {}): string[] {
  const lines: string[] = []
  createLogger("warn", { write: (line) => void lines.push(line) }).warn({ ...more, err: error }, "problem")
  return lines
}
