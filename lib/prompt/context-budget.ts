/** Decides how much of a chat fits into a prompt. Tokens are estimated, since each model counts in its own way. */
import { isToolUIPart } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import { readableJson } from "#lib/bytes-in-json.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { promptParts } from "./quoted-material.ts"

/** Roughly right for European languages. */
export const charsPerToken = 4
/** Roughly right for a picture or a page of a document, whatever its size. */
export const tokensPerFile = 1_000

export function tokensOf(history: HistoryMessage[]): number {
  return history.reduce((sum, message) => sum + tokensOfMessage(message), 0)
}

function tokensOfMessage(message: HistoryMessage): number {
  const { summary = "" } = message
  return Math.ceil(promptParts(message).reduce((sum, part) => sum + tokensOfPart(part), summary.length / charsPerToken))
}

function tokensOfPart(part: ChatMessagePart): number {
  if (part.type === "file") return tokensPerFile
  if (part.type === "text" || part.type === "reasoning") return part.text.length / charsPerToken
  if (!isToolUIPart(part)) return 0
  const output = part.state === "output-available" ? part.output : undefined
  const { json = "", pictures } = readableJson([part.input ?? "", output ?? ""])
  return json.length / charsPerToken + pictures.length * tokensPerFile
}

/** Splits a history into turns, oldest first. Each begins with a user's message, or is the summary of earlier turns. */
export function turnsOf(history: HistoryMessage[]): HistoryMessage[][] {
  const turns: HistoryMessage[][] = []
  for (const message of history) {
    const isNext = message.role === "user" || turns.length === 0 || turns.at(-1)?.[0]?.summary !== undefined
    if (isNext) turns.push([message])
    else turns.at(-1)?.push(message)
  }
  return turns
}

/**
 * Leaves thoughts and tools' outputs out of all but the newest turns. Texts and files stay.
 * @param turnsWithWork how many turns keep them: by default the last answered turn and the open one
 */
export function withoutOldWork(history: HistoryMessage[], turnsWithWork = 2): HistoryMessage[] {
  const turns = turnsOf(history)
  const newest = turns.slice(-turnsWithWork)
  const older = turns.slice(0, -turnsWithWork).flat()
  return [...older.map((message) => ({ ...message, parts: message.parts.filter(isSaid) })), ...newest.flat()]
}

function isSaid(part: ChatMessagePart): boolean {
  return part.type === "text" || part.type === "file"
}

/**
 * Splits a history between two turns.
 * @param keepTokens limit of the newer part; the last turn is always in it
 * @returns the older part and the newer one
 */
export function splitAtTurn(history: HistoryMessage[], keepTokens: number): [HistoryMessage[], HistoryMessage[]] {
  const turns = turnsOf(history)
  let kept = 1
  while (kept < turns.length && tokensOf(turns.slice(-kept - 1).flat()) <= keepTokens) kept++
  return [turns.slice(0, -kept).flat(), turns.slice(-kept).flat()]
}

/** Drops the oldest turns, but no summary, until the rest fits or one turn is left. This is the last resort. */
export function withoutOldestTurns(history: HistoryMessage[], mostTokens: number): HistoryMessage[] {
  const isSummary = (turn: HistoryMessage[]) => turn[0]?.summary !== undefined
  const turns = turnsOf(history)
  const summary = turns.filter(isSummary)
  const others = turns.filter((turn) => !isSummary(turn))
  while (others.length > 1 && tokensOf([...summary, ...others].flat()) > mostTokens) others.shift()
  return [...summary, ...others].flat()
}
