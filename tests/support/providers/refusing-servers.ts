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
  tools?: unknown
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

/** Returns a server that refuses requests with this part. */
function refusing(status: number, message: string, has: (body: RefusableBody) => boolean): Refuse {
  return (body) => (has(body) ? refusal(status, message) : undefined)
}

const hasPart = (type: string) => (body: RefusableBody) => partsOf(body).some((part) => part.type === type)
const hasThought = ({ messages }: RefusableBody) =>
  messages.some((message) => message["reasoning_content"] !== undefined)

function partsOf({ messages }: RefusableBody): { type: string }[] {
  return messages.flatMap(({ content }) => (Array.isArray(content) ? content : []))
}

/** DeepSeek: the thoughts of this round are demanded. */
function lacksThought({ messages }: RefusableBody): boolean {
  const round = messages.slice(messages.findLastIndex(({ role }) => role === "user"))
  return round.some((message) => callsOf(message).length > 0 && !message["reasoning_content"])
}

export const refusingServers = {
  "strict-template": strictTemplate,
  "no-tools": refusing(400, "registry/model:tag does not support tools", ({ tools }) => tools !== undefined),
  "no-tool-choice": refusing(400, "Unsupported parameter: 'tool_choice'", (body) => body["tool_choice"] !== undefined),
  "no-stream-options": refusing(
    422,
    "Validation error at #/stream_options: Extra inputs are not permitted",
    (body) => body["stream_options"] !== undefined,
  ),
  "no-schema-word": refusing(
    400,
    `Unknown name "$schema" at 'tools[0].function_declarations[0].parameters': Cannot find field.`,
    ({ tools }) => JSON.stringify(tools ?? []).includes("$schema"),
  ),
  "no-system": refusing(400, "System role not supported", ({ messages }) =>
    messages.some(({ role }) => role === "system"),
  ),
  "no-stream": refusing(400, "Unsupported value: 'stream' does not support true with this model.", (body) =>
    Boolean(body["stream"]),
  ),
  "no-pictures": refusing(400, "this model does not support image input", hasPart("image_url")),
  "no-pdf": refusing(400, "Unsupported content part type: 'file'", hasPart("file")),
  "one-bad-picture": refusing(400, "Could not process image", hasPart("image_url")),
  "texts-only": refusing(422, "messages[1].content: invalid type: sequence, expected a string", (body) =>
    body.messages.some(({ content }) => Array.isArray(content)),
  ),
  "no-thoughts": refusing(400, "property 'reasoning_content' is unsupported", hasThought),
  "own-thoughts": refusing(400, "Missing `reasoning_content` field in the assistant message", lacksThought),
  "short-ids": refusing(400, "Tool call id was call_0 but must be a-z, A-Z, 0-9, with a length of 9.", ({ messages }) =>
    messages.some((message) => callsOf(message).some(({ id }) => !/^[a-zA-Z0-9]{9}$/.test(id))),
  ),
  "asks-for-stream": refusing(400, "property 'stream_options' is unsupported, did you mean 'stream'?", (body) =>
    Boolean(body["stream_options"]),
  ),
  "template-trips": refusing(
    500,
    "While executing FilterExpression at line 120, column 73 in source:\n…\nError: Unknown (built-in) filter 'items' for type String",
    ({ tools }) => Array.isArray(tools),
  ),
  "no-plain-schema": refusing(400, "Invalid schema for function: unsupported", ({ tools }) => Array.isArray(tools)),
  "signed-calls": refusing(400, "Function call is missing a thought_signature in functionCall parts.", ({ messages }) =>
    messages.some((message) => callsOf(message).some((call) => !("extra_content" in call))),
  ),
  "says-not-what": refusing(501, "This feature is not supported.", ({ tools }) => tools !== undefined),
  "refuses-all": refusing(400, "This feature is not supported.", () => true),
} satisfies Record<string, Refuse>

export type RefusingServer = keyof typeof refusingServers

/** @returns how the server refuses the request; undefined: it answers */
export function refuses(name: RefusingServer, body: RefusableBody): Refusal | undefined {
  return refusingServers[name](body)
}
