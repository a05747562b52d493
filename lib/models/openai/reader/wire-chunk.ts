/** Reads one event of a provider's stream leniently, finding each part of an answer wherever it stands. */
import { type ReportedUsage, usageIn } from "./reported-usage.ts"
import type { CallPlace } from "./tool-calls.ts"
import { errorIn, type WireError } from "./wire-error.ts"
import { isObject, type JsonObject, listOf, objectOf, textOf } from "./wire-json.ts"

export interface Words {
  thought: string
  /** received in the one field that servers accept back */
  isThoughtTakenBack: boolean
  text: string
  /** the model's refusal, sent as text */
  refusal: string
  /** as received, for `toolCalls` */
  calls: unknown[]
}

export interface WireChunk {
  id: string | undefined
  model: string | undefined
  createdSeconds: number | undefined
  /** the new content */
  delta: Words
  /** the whole message, or its missing part: some servers send it with the last chunk, or with each */
  message: Words | undefined
  callPlace: CallPlace
  /** as received; `finishKindOf` classifies it */
  finishWord: unknown
  usage: ReportedUsage | undefined
  error: WireError | undefined
  /** contains text in an unexpected place */
  isStrange: boolean
}

export function chunkIn(value: unknown): WireChunk {
  // Google sends errors as a list of one.
  const chunk = objectOf(Array.isArray(value) ? value[0] : value)
  const choice = choiceIn(chunk)
  const finishWord = choice["finish_reason"]
  return {
    id: textOf(chunk["id"]),
    model: textOf(chunk["model"]),
    createdSeconds: typeof chunk["created"] === "number" && chunk["created"] > 0 ? chunk["created"] : undefined,
    delta: { ...wordsIn(objectOf(choice["delta"])), ...legacyText(choice) },
    message: isObject(choice["message"]) ? wordsIn(choice["message"]) : undefined,
    callPlace: textOf(finishWord) ? "finish" : "delta",
    finishWord,
    usage: usageIn(chunk, choice),
    error: errorIn(chunk),
    isStrange: isStrange(chunk),
  }
}

/** Selects the first choice; only one is requested. */
function choiceIn(chunk: JsonObject): JsonObject {
  const choices = listOf(chunk["choices"]).filter(isObject)
  return choices.find((choice) => (choice["index"] ?? 0) === 0) ?? choices[0] ?? {}
}

function wordsIn(message: JsonObject): Words {
  const content = contentOf(message["content"])
  const { tool_calls: pieces } = message
  const calls = isObject(pieces) ? [pieces] : listOf(pieces)
  const legacyCall = isObject(message["function_call"]) ? [{ index: 0, function: message["function_call"] }] : []
  return {
    thought: thoughtIn(message) + content.thought,
    isThoughtTakenBack: plainText(message["reasoning_content"]) !== "",
    text: content.text,
    refusal: textOf(message["refusal"]) ?? "",
    calls: calls.length > 0 ? calls : legacyCall,
  }
}

/** Fields of thoughts, with the servers that use them. If two are filled, they are equal. */
const thoughtFields = [
  "reasoning_content", // DeepSeek, vLLM until 0.11, SGLang, llama.cpp, Moonshot, Z.ai
  "reasoning", // OpenRouter, Groq, Ollama, vLLM
  "reasoning_text", // GitHub Copilot
  "thinking", // Ollama's own words, through proxies
  "reasoning_details", // OpenRouter
]

function thoughtIn(message: JsonObject): string {
  for (const field of thoughtFields) {
    const thought = plainText(message[field])
    if (thought !== "") return thought
  }
  return ""
}

/** Reads content, which may be a list of parts of several types: Mistral mixes thoughts and text. */
function contentOf(content: unknown): { text: string; thought: string } {
  const words = { text: "", thought: "" }
  for (const part of Array.isArray(content) ? content : [content]) {
    const isThought = isObject(part) && /^(thinking|reasoning)/.test(String(part["type"]))
    words[isThought ? "thought" : "text"] += plainText(part)
  }
  return words
}

/** Returns the text of a string, a part, or a list of them. */
function plainText(value: unknown): string {
  if (typeof value === "string") return value
  if (typeof value === "number") return String(value)
  if (Array.isArray(value)) return value.map(plainText).join("")
  if (!isObject(value)) return ""
  const text =
    value["text"] ?? value["thinking"] ?? value["reasoning"] ?? value["summary"] ?? value["content"] ?? value["value"]
  return text === undefined ? "" : plainText(text)
}

/** Reads the text of the old completions format. */
function legacyText(choice: JsonObject): Partial<Words> {
  const text = textOf(choice["text"])
  return text === undefined || isObject(choice["delta"]) ? {} : { text }
}

const known = ["choices", "usage", "error", "id", "object", "model", "created", "x_groq", "timings", "type"]

function isStrange(chunk: JsonObject): boolean {
  return (
    !known.some((field) => field in chunk) &&
    Object.values(chunk).some((value) => typeof value === "string" && /\S\s+\S/.test(value))
  )
}
