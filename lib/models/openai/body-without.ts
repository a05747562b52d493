/** The body of a request without what a server refuses of it. */

import { isObject, type JsonObject, listOf } from "./reader/wire-json.ts"
import type { Change } from "./refusal-words.ts"

/** What a request cannot do without. */
const needed = ["model", "messages", "tools", "stream"]

/** @returns what of the body could be left out still */
export function optionalIn(body: JsonObject): Change[] {
  return Object.entries(body).flatMap(([name, value]) => (value === undefined || needed.includes(name) ? [] : [name]))
}

export function bodyWithout(body: JsonObject, changes: ReadonlySet<Change>): JsonObject {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel, ...rest } = body
  const hasTools = listOf(tools).length > 0
  const forTools = hasTools ? { tools, tool_choice: choice, parallel_tool_calls: parallel } : {}
  const sent: JsonObject = { ...rest, ...forTools }
  if (changes.has("schema") && hasTools) sent["tools"] = listOf(tools).map(withPlainSchema)
  for (const [old, other] of tokenLimits)
    if (changes.has(old) && !changes.has(other) && sent[old] !== undefined) sent[other] = sent[old]
  for (const name of optionalIn(sent)) if (changes.has(name)) delete sent[name]
  if (changes.has("stream")) {
    sent["stream"] = false
    delete sent["stream_options"]
  }
  return sent
}

/** The same limit by its old and its new name: who refuses one takes the other. */
const tokenLimits = [
  ["max_tokens", "max_completion_tokens"],
  ["max_completion_tokens", "max_tokens"],
] as const

function withPlainSchema(tool: unknown): unknown {
  if (!isObject(tool) || !isObject(tool["function"])) return tool
  const { strict: _, ...called } = tool["function"]
  return { ...tool, function: { ...called, parameters: plainSchema(called["parameters"]) } }
}

/** What every server that knows tools knows of JSON Schema. */
const plainWords = ["type", "description", "enum", "required"]

function plainSchema(schema: unknown): unknown {
  if (!isObject(schema)) return { type: "string" }
  // Of several shapes one is told, and `null` is not one of them.
  const [shape] = listOf(schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"]).filter(
    (option) => isObject(option) && option["type"] !== "null",
  )
  const said: JsonObject = { ...(isObject(shape) ? shape : {}), ...schema }
  const plain: JsonObject = Object.fromEntries(Object.entries(said).filter(([name]) => plainWords.includes(name)))
  if (said["const"] !== undefined) plain["enum"] = [said["const"]]
  if (Array.isArray(plain["type"])) plain["type"] = plain["type"].find((type) => type !== "null") ?? "string"
  if (isObject(said["properties"])) {
    const properties = Object.entries(said["properties"]).map(([name, value]) => [name, plainSchema(value)])
    plain["properties"] = Object.fromEntries(properties)
  }
  if (said["items"] !== undefined) plain["items"] = plainSchema(listOf(said["items"])[0] ?? said["items"])
  plain["type"] ??= isObject(said["properties"]) ? "object" : "string"
  return plain
}
