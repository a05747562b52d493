/**
 * Servers that refuse a part of a request, by name, each in the words that servers of its kind use: what a model must
 * be asked without. `refuses(name, body)` says how; everything else is answered.
 */

export interface Refusal {
  status: number
  body: unknown
  headers?: Record<string, string>
}

/** A request as far as these servers look at it. */
export interface RefusableBody {
  messages: { role: string; content?: unknown; [key: string]: unknown }[]
  [key: string]: unknown
}

type Refuse = (body: RefusableBody) => Refusal | undefined

/** In the order of the checks, as a chat template makes them. */
const strictTemplate: Refuse = ({ messages }) => {
  const said = messages.filter(({ role }, index) => index > 0 || role !== "system")
  const problem =
    problemOfOrder(said) ?? said.map((message, index) => problemOf(message, index)).find((found) => found !== undefined)
  return problem === undefined ? undefined : refusal(400, problem)
}

function problemOfOrder(said: RefusableBody["messages"]): string | undefined {
  for (const [index, { role, tool_call_id: id }] of said.entries()) {
    const before = said[index - 1]?.role
    if (before === "tool" && role === "user") return "Unexpected role 'user' after role 'tool'"
    if (role === "tool" && !callIdsBefore(said, index).includes(String(id)))
      return "Not the same number of function calls and responses"
    const isInTurn =
      role === "tool" || (role === "assistant" ? before === "user" || before === "tool" : before !== role)
    if (!isInTurn || role === "system")
      return "After the optional system message, conversation roles must alternate user/assistant/user/assistant/..."
  }
  const last = said.at(-1)?.role
  if (said[0]?.role !== "user") return "Conversations must begin with a user message"
  if (last !== "user" && last !== "tool") return `Expected last role User or Tool for serving but got ${last}`
  return undefined
}

function callIdsBefore(said: RefusableBody["messages"], index: number): string[] {
  const asking = said.slice(0, index).findLast(({ role }) => role !== "tool")
  return callsOf(asking).map(({ id }) => id)
}

interface Call {
  id: string
  function: { name: string; arguments: string }
}

function callsOf(message: RefusableBody["messages"][number] | undefined): Call[] {
  return Array.isArray(message?.["tool_calls"]) ? message["tool_calls"] : []
}

function problemOf(message: RefusableBody["messages"][number], index: number): string | undefined {
  const calls = callsOf(message)
  const says = typeof message.content === "string" ? message.content.trim() !== "" : Array.isArray(message.content)
  if (!says && calls.length === 0) return `messages.${index}: all messages must have non-empty content`
  for (const { function: called } of calls) {
    if (!/^[\w-]{1,64}$/.test(called.name)) return `messages.${index}: tool name does not match '^[a-zA-Z0-9_-]{1,64}$'`
    if (!isObject(called.arguments)) return `messages.${index}: tool arguments must be a JSON object`
  }
  return undefined
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function refusal(status: number, message: string): Refusal {
  return { status, body: { error: { message, type: "invalid_request_error", param: null, code: null } } }
}

export const refusingServers = {
  "strict-template": strictTemplate,
} satisfies Record<string, Refuse>

export type RefusingServer = keyof typeof refusingServers

/** @returns how the server refuses the request; undefined: it answers */
export function refuses(name: RefusingServer, body: RefusableBody): Refusal | undefined {
  return refusingServers[name](body)
}
