import { isObject, type JsonObject, textOf } from "./wire-json.ts"

/** An error that a provider reports, in the middle of a stream or instead of an answer. */
export interface WireError {
  message: string
  /** as in HTTP, from a number or from words; undefined if neither is known */
  status: number | undefined
}

/**
 * Finds the error in a chunk or a body. Forms and their senders: `{"error": {…}}` most servers · `{"error": "…"}`
 * Ollama · `{"object": "error", "message", "code"}` vLLM, SGLang, LMDeploy · `{"type": "error", "error": {…}}`
 * Anthropic's format through proxies · `{"detail": …}` anything made with FastAPI · `{"code": 500, "message": …}`
 * gateways. `error: null`, `""`, `false` and `{}` are not errors.
 */
export function errorIn(body: unknown): WireError | undefined {
  // Google sends errors as a list of one.
  const value = Array.isArray(body) ? body[0] : body
  if (!isObject(value)) return undefined
  const { error } = value
  if (typeof error === "string" && error !== "") return wireError({ ...value, message: error })
  if (isObject(error) && Object.keys(error).length > 0) return wireError(error, value)
  if (Array.isArray(value["choices"]) && value["choices"].length > 0) return undefined
  if (value["object"] === "error" || value["type"] === "error") return wireError(value)
  const { status } = wireError(value)
  if (status !== undefined && textOf(value["message"])) return wireError(value)
  if (value["detail"] && !("choices" in value)) return wireError({ ...value, message: JSON.stringify(value["detail"]) })
  return undefined
}

function wireError(error: JsonObject, around: JsonObject = {}): WireError {
  const message = textOf(error["message"]) ?? textOf(error["detail"]) ?? JSON.stringify(error)
  const numbers = [error, around].flatMap((place) => statusFields.map((field) => httpStatus(place[field])))
  const status = numbers.find((number) => number !== undefined) ?? statusByWords(error, message)
  return { message, status }
}

const statusFields = ["status", "status_code", "code", "http_code", "error_code"]

function httpStatus(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof number === "number" && Number.isInteger(number) && number >= 400 && number <= 599 ? number : undefined
}

function statusByWords(error: JsonObject, message: string): number | undefined {
  const words = [error["code"], error["type"], error["status"]].filter((word) => typeof word === "string").join(" ")
  return statusOfWords.find(([pattern]) => pattern.test(words))?.[1] ?? (busy.test(message) ? 429 : undefined)
}

const busy = /rate.?limit|too.?many.?requests|resource.?exhausted|throttl/i
const statusOfWords: [RegExp, number][] = [
  [busy, 429],
  [/quota/i, 429],
  [/overloaded|unavailable/i, 503],
  [/authentication|api.?key|unauthorized/i, 401],
  [/permission|forbidden/i, 403],
  [/not.?found/i, 404],
  [/invalid.?request|bad.?request|context.?length|validation|content.?filter|content.?policy/i, 400],
  [/time.?out/i, 504],
  [/server.?error|internal/i, 500],
]
