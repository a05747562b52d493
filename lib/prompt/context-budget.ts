/** How much of a chat fits into a prompt. Tokens are estimated: nobody counts like the model that is asked. */
import { isToolUIPart } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import { readableJson } from "#lib/bytes-in-json.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { promptParts } from "./quoted-material.ts"

/** Characters a token, roughly, in European languages. */
export const charsPerToken = 4
/** A picture or a page of a document, roughly, whatever its bytes. */
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

/** The turns of a history, oldest first: each begins with a message of the user's, or is the summary of earlier ones. */
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
 * What tools gave and what the model thought is left out of all but the newest turns; what was said stays.
 * @param turnsWithWork how many keep it: by default the last one that was answered and the one that is not
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
 * @param keepTokens how much of the newest to keep; the last turn is kept whatever its size
 * @returns the older part and the newer one, parted between two turns
 */
export function splitAtTurn(history: HistoryMessage[], keepTokens: number): [HistoryMessage[], HistoryMessage[]] {
  const turns = turnsOf(history)
  let kept = 1
  while (kept < turns.length && tokensOf(turns.slice(-kept - 1).flat()) <= keepTokens) kept++
  return [turns.slice(0, -kept).flat(), turns.slice(-kept).flat()]
}

/** The last resort: the oldest turns are left out, but not a summary, until the rest fits or one turn is left. */
export function withoutOldestTurns(history: HistoryMessage[], mostTokens: number): HistoryMessage[] {
  const isSummary = (turn: HistoryMessage[]) => turn[0]?.summary !== undefined
  const turns = turnsOf(history)
  const summary = turns.filter(isSummary)
  const told = turns.filter((turn) => !isSummary(turn))
  while (told.length > 1 && tokensOf([...summary, ...told].flat()) > mostTokens) told.shift()
  return [...summary, ...told].flat()
}
