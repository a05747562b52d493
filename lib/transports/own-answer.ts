import { parsedJson } from "#lib/parsed-json.ts"
import { ChatProblem, fieldOf } from "./chat-problem.ts"
import { problemTexts } from "./problem-texts.ts"

/** What a request can be for: it decides what our server would answer with, and what a refusal means. */
export type Asked = "json" | "stream" | "file"

export type ClassifiedResponse =
  | { isOwn: true; response: Response; code: string | undefined }
  /** Something else has answered. "away": in place of a server that may be back soon. */
  | { isOwn: false; response: Response; means: "away" | "refused" }

/**
 * Tells an answer of our own server from what something in front of it sends in its place: a proxy whose server is away,
 * a limit of its own, a maintenance page, the sign-in page of a network. Ours are JSON, an event stream or 204, and our
 * refusals have a code of ours.
 * @returns the response, to be read as if nobody had read it yet; `code` is that of a refusal
 */
export async function classifyResponse(response: Response, asked: Asked = "json"): Promise<ClassifiedResponse> {
  if (response.status === 204) return { isOwn: true, response, code: undefined }
  if (!response.ok) return classifyRefusal(response)
  return isExpected(response, asked)
    ? { isOwn: true, response, code: undefined }
    : { isOwn: false, response, means: "away" }
}

/** `fetch` for whoever asks once. @throws ChatProblem where something else has answered, TypeError where nothing has */
export async function fetchFromServer(address: string, init: RequestInit = {}): Promise<Response> {
  const answer = await classifyResponse(await fetch(address, init))
  if (answer.isOwn) return answer.response
  throw problemOfProxy(answer.response.status)
}

/** @returns what to tell of an answer that is not our server's */
export function problemOfProxy(status: number, sent?: "file" | "message"): ChatProblem {
  if (isOfAbsentServer(status) || status < 400) return new ChatProblem("server_away", problemTexts.serverAway)
  if (status === 413 && sent === "file") return new ChatProblem("proxy_refused", problemTexts.fileTooLarge, never)
  if (status === 413) return new ChatProblem("proxy_refused", problemTexts.messageTooLarge, never)
  if (status === 429) return new ChatProblem("proxy_refused", problemTexts.tooOften)
  if (signInStatuses.includes(status)) return new ChatProblem("proxy_refused", problemTexts.asksForSignIn)
  return new ChatProblem("proxy_refused", problemTexts.refusedOnTheWay)
}

/** How long whatever has answered asks to be left alone; undefined where it does not say. */
export function retryAfterMs({ headers }: Response): number | undefined {
  const said = headers.get("retry-after")
  if (said === null) return undefined
  const seconds = /^\d+$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(seconds, 0) * 1000
}

const never = { isRetryable: false }
const signInStatuses = [401, 403, 407]

/** A router that knows no server at this address says 404: ours has an answer of its own for every address. */
function isOfAbsentServer(status: number): boolean {
  return status >= 500 || [404, 408, 410, 421, 425].includes(status)
}

function isExpected({ headers }: Response, asked: Asked): boolean {
  const type = headers.get("content-type") ?? ""
  // An uploaded file can be of any type; only we say how it is to be shown.
  if (asked === "file") return headers.has("content-disposition")
  return type.startsWith(asked === "stream" ? "text/event-stream" : "application/json")
}

async function classifyRefusal(response: Response): Promise<ClassifiedResponse> {
  const means = isOfAbsentServer(response.status) ? "away" : "refused"
  if (!response.headers.get("content-type")?.startsWith("application/json")) return { isOwn: false, response, means }
  const text = await response.text()
  const read = new Response(text, response)
  const code = codeIn(text, response.status)
  return code === undefined ? { isOwn: false, response: read, means } : { isOwn: true, response: read, code }
}

/** Ours in lower case, those of signing in in capitals. Others are numbers, or words put together. */
const codePattern = /^(?:[a-z]+(?:_[a-z\d]+)*|[A-Z]+(?:_[A-Z\d]+)*)$/

/** Others have errors in JSON as well, and some of them a code: where they stand in for a server, all of ours counts. */
function codeIn(text: string, status: number): string | undefined {
  const error = fieldOf(parsedJson(text), "error")
  const code = fieldOf(error, "code")
  if (typeof code !== "string" || !codePattern.test(code)) return undefined
  if (typeof fieldOf(error, "message") !== "string") return undefined
  return status < 500 || typeof fieldOf(error, "retryable") === "boolean" ? code : undefined
}
