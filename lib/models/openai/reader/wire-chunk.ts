/** One event of a provider's stream, read leniently: whatever it carries of an answer, wherever that stands. */
import { type ReportedUsage, usageIn } from "./reported-usage.ts"
import type { CallPlace } from "./tool-calls.ts"
import { errorIn, type WireError } from "./wire-error.ts"
import { isObject, type JsonObject, listOf, objectOf, textOf } from "./wire-json.ts"

export interface Words {
  thought: string
  /** it came in the one field that servers take back */
  isThoughtTakenBack: boolean
  text: string
  /** the model's refusal, which is said as text */
  refusal: string
  /** as they came, for `toolCalls` */
  calls: unknown[]
}

export interface WireChunk {
  id: string | undefined
  model: string | undefined
  createdSeconds: number | undefined
  /** what this chunk adds */
  delta: Words
  /** the whole message, or what is missing of it: some send it with the last chunk, or with each */
  message: Words | undefined
  callPlace: CallPlace
  /** as it came: `finishKindOf` knows what it means */
  finishWord: unknown
  usage: ReportedUsage | undefined
  error: WireError | undefined
  /** Says something in words, and not where words of an answer stand. */
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

/** One answer is asked for; should there be more, it is the first. */
function choiceIn(chunk: JsonObject): JsonObject {
  const choices = listOf(chunk["choices"]).filter(isObject)
  return choices.find((choice) => (choice["index"] ?? 0) === 0) ?? choices[0] ?? {}
}

function wordsIn(message: JsonObject): Words {
  const content = contentOf(message["content"])
  const { tool_calls: said } = message
  const calls = isObject(said) ? [said] : listOf(said)
  const legacyCall = isObject(message["function_call"]) ? [{ index: 0, function: message["function_call"] }] : []
  return {
    thought: thoughtIn(message) + content.thought,
    isThoughtTakenBack: plainText(message["reasoning_content"]) !== "",
    text: content.text,
    refusal: textOf(message["refusal"]) ?? "",
    calls: calls.length > 0 ? calls : legacyCall,
  }
}

/** Where thoughts stand, and at whom. Where two are filled they say the same. */
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

/** A list has parts of several types: Mistral's thoughts come among its text. */
function contentOf(content: unknown): { text: string; thought: string } {
  const words = { text: "", thought: "" }
  for (const part of Array.isArray(content) ? content : [content]) {
    const isThought = isObject(part) && /^(thinking|reasoning)/.test(String(part["type"]))
    words[isThought ? "thought" : "text"] += plainText(part)
  }
  return words
}

/** The text of a text, of a part, or of a list of them. */
function plainText(value: unknown): string {
  if (typeof value === "string") return value
  if (typeof value === "number") return String(value)
  if (Array.isArray(value)) return value.map(plainText).join("")
  if (!isObject(value)) return ""
  const said =
    value["text"] ?? value["thinking"] ?? value["reasoning"] ?? value["summary"] ?? value["content"] ?? value["value"]
  return said === undefined ? "" : plainText(said)
}

/** As of completions before there were chats. */
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
