/** When a provider says that it can be asked again. Servers say it in many ways: each is read, and nonsense is not. */

interface Said {
  /** by their names in lower case */
  headers: Record<string, string>
  body: string
  nowMs: number
}

/** What is further away is a mistake, or a clock of another century. */
const longestMs = 31 * 24 * 60 * 60_000

/** @returns how long to wait from now on; undefined where nothing is said that makes sense */
export function retryAfterMs(said: Said): number | undefined {
  const { headers, nowMs } = said
  const named = [
    milliseconds(headers["retry-after-ms"]),
    waitIn(headers["retry-after"], nowMs),
    longestReset(headers, nowMs),
    waitInWords(said.body),
  ]
  return named.find((waitMs) => waitMs !== undefined)
}

/** OpenAI and Azure. */
function milliseconds(text = ""): number | undefined {
  return /^\s*\d+(\.\d+)?\s*$/.test(text) ? sensible(Number(text)) : undefined
}

/**
 * Of the limits that are used up the one that comes back last. OpenAI, Groq, Together and others send
 * `x-ratelimit-reset-requests: 7m12s`, Anthropic `anthropic-ratelimit-requests-reset` with a time, OpenRouter
 * `x-ratelimit-reset` with milliseconds since 1970.
 */
function longestReset(headers: Record<string, string>, nowMs: number): number | undefined {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    if (!resetHeader.test(name)) return []
    const remaining = headers[name.replace("reset", "remaining")]
    const waitMs = Number(remaining) > 0 ? undefined : waitIn(value, nowMs)
    // Azure sends 0 beside a remainder of -1: neither says anything.
    return waitMs ? [waitMs] : []
  })
  return waits.length === 0 ? undefined : Math.max(...waits)
}

const resetHeader = /^(?:x-|anthropic-)?ratelimit-(?:reset(?:-[\w-]+)?|[\w-]+-reset)$/

/** Seconds, a length of time such as `7m12s`, a date, or seconds or milliseconds since 1970. */
function waitIn(text = "", nowMs: number): number | undefined {
  const bare = text.trim()
  if (/^\d+(\.\d+)?$/.test(bare)) {
    const number = Number(bare)
    if (number < 1e9) return sensible(number * 1000)
    return sensible((number < 1e12 ? number * 1000 : number) - nowMs)
  }
  const length = lengthOfTime(bare)
  if (length !== undefined) return length
  // What has no letters, such as `-5`, would be a date to `Date.parse`.
  return /[a-z]{3}|\dT\d/i.test(bare) ? sensible(Date.parse(bare) - nowMs) : undefined
}

/** "Please try again in 7m12s", "Please retry after 26 seconds", and Google's `"retryDelay": "34s"`. */
function waitInWords(body: string): number | undefined {
  const text = body.slice(0, 10_000)
  const said = inWords.exec(text)?.[1] ?? /"retryDelay"\s*:\s*"([^"]{1,40})"/.exec(text)?.[1]
  return said === undefined ? undefined : lengthOfTime(said)
}

const unit = "(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)"
const inWords = new RegExp(`\\b(?:try(?:ing)? again|retry) (?:in|after) ((?:\\d+(?:\\.\\d+)?\\s*${unit}[\\s,]*)+)`, "i")
const wholeLength = new RegExp(`^(?:\\d+(?:\\.\\d+)?\\s*${unit}[\\s,.]*)+$`, "i")
const piece = new RegExp(`(\\d+(?:\\.\\d+)?)\\s*(${unit})`, "gi")

function lengthOfTime(text: string): number | undefined {
  if (text.length > 60 || !wholeLength.test(text)) return undefined
  let sum = 0
  for (const [, count, name = ""] of text.matchAll(piece)) sum += Number(count) * msOf(name.toLowerCase())
  return sensible(sum)
}

function msOf(name: string): number {
  if (name.startsWith("ms") || name.startsWith("milli")) return 1
  if (name.startsWith("d")) return 24 * 60 * 60_000
  if (name.startsWith("h")) return 60 * 60_000
  return name.startsWith("m") ? 60_000 : 1000
}

function sensible(waitMs: number): number | undefined {
  return waitMs >= 0 && waitMs <= longestMs ? Math.ceil(waitMs) : undefined
}
