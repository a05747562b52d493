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
  const storedText = textOf(stored)
  const shownText = joined(shown, "text").trim()
  const calls = new Map(shown.flatMap((part) => (isToolUIPart(part) ? [[part.toolCallId, part] as const] : [])))
  const isSame =
    storedText === shownText &&
    hasThoughtsOf(turn, joined(shown, "reasoning")) &&
    stored.every((part) => part.type !== "tool-call" || isSettled(calls.get(part.toolCallId)))
  if (isSame) return []
  if (storedText === "" && shownText !== "") return []
  // What an earlier run wrote before this one is not stored here, and nothing may take it away.
  if (!shownText.startsWith(storedText.slice(0, sameBeginChars)) && shownText.length > maxLostChars) return []
  return [{ type: "reset-step" }, ...stored.flatMap((part) => chunksOf(part, calls))]
}

const sameBeginChars = 20
/** As much of an answer as can have been lost before anything was shown. */
const maxLostChars = 200

function partsOf(runId: string, { updates }: StoredTurn): Part[] {
  const reader = runReader(runId)
  return [...updates.flatMap((update) => reader.read(update)), ...reader.end().parts]
}

function textOf(parts: Part[]): string {
  return parts
    .map((part) => (part.type === "text-delta" ? part.delta : ""))
    .join("")
    .trim()
}

function joined(parts: ChatMessagePart[], type: "text" | "reasoning"): string {
  return parts.map((part) => (part.type === type ? part.text : "")).join("")
}

/** Compares no order, and none that is missing: Goose stores some thoughts again, elsewhere, and some not at all. */
function hasThoughtsOf({ updates }: StoredTurn, shown: string): boolean {
  return updates.every(
    (update) => update.sessionUpdate !== "agent_thought_chunk" || shown.includes(update.content?.text.trim() ?? ""),
  )
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
