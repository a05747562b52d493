import { expect, test } from "vitest"
import { retryAfterMs } from "#lib/models/retry-after.ts"

const nowMs = Date.UTC(2026, 10, 30, 14, 0, 0)
const minutes = (count: number) => count * 60_000

test.each<[what: string, headers: Record<string, string>, waitMs: number]>([
  ["seconds", { "retry-after": "60" }, 60_000],
  ["parts of a second", { "retry-after": "1.5" }, 1_500],
  ["none at all", { "retry-after": "0" }, 0],
  ["minutes and seconds", { "retry-after": "7m12s" }, minutes(7) + 12_000],
  ["hours", { "retry-after": "1h2m3s" }, minutes(62) + 3_000],
  ["parts of a minute", { "retry-after": "2m59.56s" }, minutes(2) + 59_560],
  ["milliseconds with their unit", { "retry-after": "250ms" }, 250],
  ["words", { "retry-after": "30 seconds" }, 30_000],
  ["a date of HTTP", { "retry-after": "Mon, 30 Nov 2026 14:05:00 GMT" }, minutes(5)],
  ["a date of ISO", { "retry-after": "2026-11-30T14:05:00Z" }, minutes(5)],
  ["milliseconds first", { "retry-after-ms": "350", "retry-after": "1" }, 350],
  ["seconds before resets", { "retry-after": "2", "x-ratelimit-reset-requests": "7m12s" }, 2_000],
  ["a reset", { "x-ratelimit-reset-requests": "7m12s" }, minutes(7) + 12_000],
  [
    "the reset of what is used up",
    {
      "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-reset-requests": "2m59s",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "7.66s",
    },
    7_660,
  ],
  ["the later of two resets", { "x-ratelimit-reset-requests": "1m", "x-ratelimit-reset-tokens": "6ms" }, minutes(1)],
  ["a reset in milliseconds since 1970", { "x-ratelimit-reset": String(nowMs + 90_000) }, 90_000],
  ["a reset in seconds since 1970", { "x-ratelimit-reset": String(nowMs / 1000 + 90) }, 90_000],
  ["Anthropic's reset", { "anthropic-ratelimit-requests-reset": "2026-11-30T14:01:00Z" }, minutes(1)],
  ["what comes after nonsense", { "retry-after": "soon", "x-ratelimit-reset-requests": "3s" }, 3_000],
])("D13 the delay is %s", (_, headers, waitMs) => {
  expect(retryAfterMs({ headers, body: "", nowMs })).toBe(waitMs)
})

test.each<[body: string, waitMs: number]>([
  ["Rate limit reached. Please try again in 7m12s. Visit …", minutes(7) + 12_000],
  ["Please try again in 20s.", 20_000],
  ["Please try again in 6ms.", 6],
  ["Please retry after 26 seconds.", 26_000],
  ["Please retry in 34.07s.", 34_070],
  ['{"error": {"details": [{"@type": "RetryInfo", "retryDelay": "34s"}]}}', 34_000],
  ["Try again in 1 hour, 5 minutes", minutes(65)],
])("D13 the delay is read from the words “%s”", (body, waitMs) => {
  expect(retryAfterMs({ headers: {}, body, nowMs })).toBe(waitMs)
})

test("D13 a reset header without a time leaves the delay to the body", () => {
  const headers = { "x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "0" }
  expect(retryAfterMs({ headers, body: "Please retry after 45 seconds.", nowMs })).toBe(45_000)
  expect(retryAfterMs({ headers, body: "Please try again in 1m3.5s.", nowMs })).toBe(63_500)
})

test.each<[string, Record<string, string>]>([
  ["nothing is said", {}],
  ["it is negative", { "retry-after": "-5" }],
  ["it has passed", { "retry-after": "Mon, 30 Nov 2026 13:00:00 GMT" }],
  ["it is years away", { "retry-after": "99999999999999" }],
  ["it is no number", { "retry-after": "NaN" }],
  ["it is endless", { "retry-after": "Infinity" }],
  ["it is empty", { "retry-after": "" }],
  ["it has another unit", { "retry-after": "5 bananas" }],
  ["it is a sum of nothing", { "retry-after": "ms" }],
  ["there is plenty left", { "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "7m12s" }],
  ["milliseconds are negative", { "retry-after-ms": "-1" }],
])("D13 no delay is assumed when %s", (_, headers) => {
  expect(retryAfterMs({ headers, body: "Try again in a while.", nowMs })).toBeUndefined()
})
