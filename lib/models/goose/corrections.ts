/** Compares what readers have seen of an answer with what Goose has stored: a cut can lose a message without a trace. */
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { isToolUIPart, type UIMessageChunk } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import type { StoredTurn } from "./load-turn.ts"
import { runReader } from "./updates.ts"

type Part = LanguageModelV4StreamPart

/**
 * @param runId begins the ids of the run's calls
 * @returns chunks that replace the answer; none if it is as it should be, or holds more than this run wrote
 */
export function correctionsOf(runId: string, shown: ChatMessagePart[], turn: StoredTurn): UIMessageChunk[] {
  const stored = partsOf(runId, turn)
  const storedWords = wordsOf(stored)
  const shownWords = shownWordsOf(shown)
  const calls = new Map(shown.flatMap((part) => (isToolUIPart(part) ? [[part.toolCallId, part] as const] : [])))
  const isSame =
    storedWords.text === shownWords.text &&
    // Not every provider's thoughts are stored.
    (storedWords.reasoning === "" || storedWords.reasoning === shownWords.reasoning) &&
    stored.every((part) => part.type !== "tool-call" || isSettled(calls.get(part.toolCallId)))
  if (isSame) return []
  if (storedWords.text === "" && shownWords.text !== "") return []
  // What an earlier run wrote before this one is not stored here, and nothing may take it away.
  if (!shownWords.text.startsWith(storedWords.text.slice(0, sameBeginChars)) && shownWords.text.length > maxLostChars)
    return []
  return [{ type: "reset-step" }, ...stored.flatMap((part) => chunksOf(part, calls))]
}

const sameBeginChars = 20
/** As much of an answer as can have been lost before anything was shown. */
const maxLostChars = 200

function partsOf(runId: string, { updates }: StoredTurn): Part[] {
  const reader = runReader(runId)
  return [...updates.flatMap((update) => reader.read(update)), ...reader.end().parts]
}

interface Words {
  text: string
  reasoning: string
}

function wordsOf(parts: Part[]): Words {
  const words = { text: "", reasoning: "" }
  for (const part of parts) {
    if (part.type === "text-delta") words.text += part.delta
    if (part.type === "reasoning-delta") words.reasoning += part.delta
  }
  return { text: words.text.trim(), reasoning: words.reasoning.trim() }
}

function shownWordsOf(parts: ChatMessagePart[]): Words {
  const words = { text: "", reasoning: "" }
  for (const part of parts) if (part.type === "text" || part.type === "reasoning") words[part.type] += part.text
  return { text: words.text.trim(), reasoning: words.reasoning.trim() }
}

type ToolPart = Extract<ChatMessagePart, { toolCallId: string }>

function isSettled(part: ToolPart | undefined): boolean {
  if (part?.approval?.approved === false) return true
  return (part?.state === "output-available" && part.preliminary !== true) || part?.state === "output-error"
}

function chunksOf(part: Part, calls: ReadonlyMap<string, ToolPart>): UIMessageChunk[] {
  switch (part.type) {
    case "text-start":
    case "reasoning-start":
    case "text-end":
    case "reasoning-end":
      return [{ type: part.type, id: part.id }]
    case "text-delta":
    case "reasoning-delta":
      return [{ type: part.type, id: part.id, delta: part.delta }]
    case "tool-call": {
      const { toolCallId, toolName, input } = part
      const call = { toolCallId, toolName, input: JSON.parse(input), providerExecuted: true, dynamic: true }
      return [{ type: "tool-input-available", ...call }, ...decisionOn(calls.get(toolCallId))]
    }
    case "tool-result": {
      const { toolCallId } = part
      const ours = calls.get(toolCallId)
      if (ours?.approval?.approved === false) return []
      const run = { toolCallId, providerExecuted: true, dynamic: true }
      if (part.isError) return [{ type: "tool-output-error", errorText: String(part.result), ...run }]
      return [{ type: "tool-output-available", output: part.result, ...run }]
    }
    default:
      return []
  }
}

/** Returns the user's decision on a call, which Goose does not store. */
function decisionOn(part: ToolPart | undefined): UIMessageChunk[] {
  const { toolCallId = "", approval } = part ?? {}
  if (!approval) return []
  const { id: approvalId, approved, reason } = approval
  const chunks: UIMessageChunk[] = [{ type: "tool-approval-request", approvalId, toolCallId }]
  if (approved === undefined) return chunks
  chunks.push({ type: "tool-approval-response", approvalId, approved, ...(reason !== undefined && { reason }) })
  if (!approved) chunks.push({ type: "tool-output-denied", toolCallId })
  return chunks
}
