/** Removes from a request's body what a server refuses. */

import { isObject, type JsonObject, listOf } from "./reader/wire-json.ts"
import type { Change } from "./refusal-words.ts"

/** Fields that a request always needs. */
const requiredFields = ["model", "messages", "tools", "stream"]

/** Lists the fields of the body that could be left out. */
export function optionalIn(body: JsonObject): Change[] {
  return Object.entries(body).flatMap(([name, value]) =>
    value === undefined || requiredFields.includes(name) ? [] : [name],
  )
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

/** Old and new name of the same limit: a server that refuses one accepts the other. */
const tokenLimits = [
  ["max_tokens", "max_completion_tokens"],
  ["max_completion_tokens", "max_tokens"],
] as const

function withPlainSchema(tool: unknown): unknown {
  if (!isObject(tool) || !isObject(tool["function"])) return tool
  const { strict: _, ...called } = tool["function"]
  return { ...tool, function: { ...called, parameters: plainSchema(called["parameters"]) } }
}

/** The keywords of JSON Schema that every server with tools understands. */
const basicKeywords = ["type", "description", "enum", "required"]

function plainSchema(schema: unknown): unknown {
  if (!isObject(schema)) return { type: "string" }
  // Of several alternatives only the first is sent, and never `null`.
  const [shape] = listOf(schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"]).filter(
    (option) => isObject(option) && option["type"] !== "null",
  )
  const merged: JsonObject = { ...(isObject(shape) ? shape : {}), ...schema }
  const plain: JsonObject = Object.fromEntries(Object.entries(merged).filter(([name]) => basicKeywords.includes(name)))
  if (merged["const"] !== undefined) plain["enum"] = [merged["const"]]
  if (Array.isArray(plain["type"])) plain["type"] = plain["type"].find((type) => type !== "null") ?? "string"
  if (isObject(merged["properties"])) {
    const properties = Object.entries(merged["properties"]).map(([name, value]) => [name, plainSchema(value)])
    plain["properties"] = Object.fromEntries(properties)
  }
  if (merged["items"] !== undefined) plain["items"] = plainSchema(listOf(merged["items"])[0] ?? merged["items"])
  plain["type"] ??= isObject(merged["properties"]) ? "object" : "string"
  return plain
}
