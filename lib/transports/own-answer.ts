import { parsedJson } from "#lib/parsed-json.ts"
import { ChatProblem, fieldOf } from "./chat-problem.ts"
import { problemTexts } from "./problem-texts.ts"

/** The kind of body that our server answers a request with. */
export type ExpectedBody = "json" | "stream" | "file"

export type ClassifiedResponse =
  | { isOwn: true; response: Response; code: string | undefined }
  /** Something in front of our server has answered. "away": our server is down, and may be back soon. */
  | { isOwn: false; response: Response; means: "away" | "refused" }

/**
 * Tells our server's responses from those that something in front of it sends: a proxy whose upstream is down, a limit
 * of that proxy, a maintenance page, a network's sign-in page. Ours are JSON, an event stream or 204, and our refusals
 * carry one of our codes.
 * @returns the response with its body still unread; `code` is set on a refusal
 */
export async function classifyResponse(
  response: Response,
  expected: ExpectedBody = "json",
): Promise<ClassifiedResponse> {
  if (response.status === 204) return { isOwn: true, response, code: undefined }
  if (!response.ok) return classifyRefusal(response)
  return isExpected(response, expected)
    ? { isOwn: true, response, code: undefined }
    : { isOwn: false, response, means: "away" }
}

/** Sends a request once. @throws ChatProblem if a proxy answered, TypeError if nothing did */
export async function fetchFromServer(address: string, init: RequestInit = {}): Promise<Response> {
  const answer = await classifyResponse(await fetch(address, init))
  if (answer.isOwn) return answer.response
  throw problemOfProxy(answer.response.status)
}

/** @returns the problem to show when a proxy answered instead of our server */
export function problemOfProxy(status: number, sent?: "file" | "message"): ChatProblem {
  if (isOfAbsentServer(status) || status < 400) return new ChatProblem("server_away", problemTexts.serverAway)
  if (status === 413 && sent === "file") return new ChatProblem("proxy_refused", problemTexts.fileTooLarge, never)
  if (status === 413) return new ChatProblem("proxy_refused", problemTexts.messageTooLarge, never)
  if (status === 429) return new ChatProblem("proxy_refused", problemTexts.tooOften)
  if (signInStatuses.includes(status)) return new ChatProblem("proxy_refused", problemTexts.asksForSignIn)
  return new ChatProblem("proxy_refused", problemTexts.refusedOnTheWay)
}

/** Reads a response's `retry-after` header. @returns undefined if there is none */
export function retryAfterMs({ headers }: Response): number | undefined {
  const value = headers.get("retry-after")
  if (value === null) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(seconds, 0) * 1000
}

const never = { isRetryable: false }
const signInStatuses = [401, 403, 407]

/** A 404 counts too: a router sends it while it knows no server here, and our own server answers 404 with a code. */
function isOfAbsentServer(status: number): boolean {
  return status >= 500 || [404, 408, 410, 421, 425].includes(status)
}

function isExpected({ headers }: Response, expected: ExpectedBody): boolean {
  const type = headers.get("content-type") ?? ""
  // An uploaded file can have any type, but only our server sends a content-disposition with it.
  if (expected === "file") return headers.has("content-disposition")
  return type.startsWith(expected === "stream" ? "text/event-stream" : "application/json")
}

async function classifyRefusal(response: Response): Promise<ClassifiedResponse> {
  const means = isOfAbsentServer(response.status) ? "away" : "refused"
  if (!response.headers.get("content-type")?.startsWith("application/json")) return { isOwn: false, response, means }
  const text = await response.text()
  const read = new Response(text, response)
  const code = codeIn(text, response.status)
  return code === undefined ? { isOwn: false, response: read, means } : { isOwn: true, response: read, code }
}

/** Our codes are lower_case and better-auth's are CAPITALS. Those of other services are numbers or camelCase. */
const codePattern = /^(?:[a-z]+(?:_[a-z\d]+)*|[A-Z]+(?:_[A-Z\d]+)*)$/

/** Proxies send JSON errors too, some with a code. So a 5xx must have every field that ours has. */
function codeIn(text: string, status: number): string | undefined {
  const error = fieldOf(parsedJson(text), "error")
  const code = fieldOf(error, "code")
  if (typeof code !== "string" || !codePattern.test(code)) return undefined
  if (typeof fieldOf(error, "message") !== "string") return undefined
  return status < 500 || typeof fieldOf(error, "retryable") === "boolean" ? code : undefined
}
