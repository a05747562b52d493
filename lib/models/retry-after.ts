/**
 * Reads from a refusal when the provider can be asked again. Servers say it in many ways; values that make no sense are
 * ignored.
 */

interface RefusalText {
  /** with lower-case names */
  headers: Record<string, string>
  body: string
  nowMs: number
}

/** A longer wait is a mistake or a wrong clock. */
const maxWaitMs = 31 * 24 * 60 * 60_000

/** Returns how long to wait from now; undefined if the refusal says nothing plausible. */
export function retryAfterMs(refusal: RefusalText): number | undefined {
  const { headers, nowMs } = refusal
  const named = [
    milliseconds(headers["retry-after-ms"]),
    waitIn(headers["retry-after"], nowMs),
    longestReset(headers, nowMs),
    waitInWords(refusal.body),
  ]
  return named.find((waitMs) => waitMs !== undefined)
}

/** Parses the milliseconds that OpenAI and Azure send. */
function milliseconds(text = ""): number | undefined {
  return /^\s*\d+(\.\d+)?\s*$/.test(text) ? plausible(Number(text)) : undefined
}

/**
 * Returns the longest wait of all exhausted limits. OpenAI, Groq, Together and others send `x-ratelimit-reset-requests:
 * 7m12s`, Anthropic `anthropic-ratelimit-requests-reset` with a time, OpenRouter `x-ratelimit-reset` with milliseconds
 * since 1970.
 */
function longestReset(headers: Record<string, string>, nowMs: number): number | undefined {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    if (!resetHeader.test(name)) return []
    const remaining = headers[name.replace("reset", "remaining")]
    const waitMs = Number(remaining) > 0 ? undefined : waitIn(value, nowMs)
    // Azure sends 0 with a remainder of -1, which says nothing.
    return waitMs ? [waitMs] : []
  })
  return waits.length === 0 ? undefined : Math.max(...waits)
}

const resetHeader = /^(?:x-|anthropic-)?ratelimit-(?:reset(?:-[\w-]+)?|[\w-]+-reset)$/

/** Parses seconds, a duration such as `7m12s`, a date, or seconds or milliseconds since 1970. */
function waitIn(text = "", nowMs: number): number | undefined {
  const trimmed = text.trim()
  if (/^\d+(\.\d+)?$/.test(trimmed)) {
    const number = Number(trimmed)
    if (number < 1e9) return plausible(number * 1000)
    return plausible((number < 1e12 ? number * 1000 : number) - nowMs)
  }
  const duration = durationMs(trimmed)
  if (duration !== undefined) return duration
  // `Date.parse` would read a text without letters, such as `-5`, as a date.
  return /[a-z]{3}|\dT\d/i.test(trimmed) ? plausible(Date.parse(trimmed) - nowMs) : undefined
}

/**
 * Finds a wait in words: "Please try again in 7m12s", "Please retry after 26 seconds", and Google's `"retryDelay":
 * "34s"`.
 */
function waitInWords(body: string): number | undefined {
  const text = body.slice(0, 10_000)
  const refusal = waitPattern.exec(text)?.[1] ?? /"retryDelay"\s*:\s*"([^"]{1,40})"/.exec(text)?.[1]
  return refusal === undefined ? undefined : durationMs(refusal)
}

const unit = "(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)"
const waitPattern = new RegExp(
  `\\b(?:try(?:ing)? again|retry) (?:in|after) ((?:\\d+(?:\\.\\d+)?\\s*${unit}[\\s,]*)+)`,
  "i",
)
const durationPattern = new RegExp(`^(?:\\d+(?:\\.\\d+)?\\s*${unit}[\\s,.]*)+$`, "i")
const durationPart = new RegExp(`(\\d+(?:\\.\\d+)?)\\s*(${unit})`, "gi")

function durationMs(text: string): number | undefined {
  if (text.length > 60 || !durationPattern.test(text)) return undefined
  let sum = 0
  for (const [, count, name = ""] of text.matchAll(durationPart)) sum += Number(count) * msOf(name.toLowerCase())
  return plausible(sum)
}

function msOf(name: string): number {
  if (name.startsWith("ms") || name.startsWith("milli")) return 1
  if (name.startsWith("d")) return 24 * 60 * 60_000
  if (name.startsWith("h")) return 60 * 60_000
  return name.startsWith("m") ? 60_000 : 1000
}

function plausible(waitMs: number): number | undefined {
  return waitMs >= 0 && waitMs <= maxWaitMs ? Math.ceil(waitMs) : undefined
}
