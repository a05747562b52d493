import { expect, test } from "vitest"
import type { HistoryMessage } from "#db/repository/history.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { splitAtTurn, tokensOf, turnsOf, withoutOldestTurns, withoutOldWork } from "#lib/prompt/context-budget.ts"

const text = (words: string): ChatMessagePart => ({ type: "text", text: words })
const toolCall: ChatMessagePart = {
  type: "tool-search_docs",
  toolCallId: "t1",
  state: "output-available",
  input: { query: "q" },
  output: { found: "x".repeat(4_000) },
}

function asked(id: string): HistoryMessage {
  return { id: `${id}-q`, role: "user", parts: [text("what?")] }
}

function answered(id: string, ...parts: ChatMessagePart[]): HistoryMessage {
  return { id: `${id}-a`, role: "assistant", parts: [{ type: "reasoning", text: "hm" }, ...parts, text("this.")] }
}

const turn = (id: string, ...parts: ChatMessagePart[]) => [asked(id), answered(id, ...parts)]
const summary: HistoryMessage = { id: "0-a", role: "assistant", parts: [], summary: "before" }
const idsOf = (history: HistoryMessage[]) => history.map(({ id }) => id)

test("a turn is a question with its answers, and a summary stands alone", () => {
  const history = [summary, ...turn("1"), ...turn("2"), asked("3")]
  expect(turnsOf(history).map(idsOf)).toEqual([["0-a"], ["1-q", "1-a"], ["2-q", "2-a"], ["3-q"]])
  expect(turnsOf([])).toEqual([])
})

test("tool results count with all their content, a file by its kind and not by its bytes", () => {
  expect(tokensOf([answered("1", toolCall)])).toBeGreaterThan(1_000)
  const file: ChatMessagePart = {
    type: "file",
    mediaType: "image/png",
    url: `data:image/png;base64,${"A".repeat(9e5)}`,
  }
  expect(tokensOf([{ id: "1", role: "user", parts: [file] }])).toBe(1_000)
  expect(tokensOf([summary])).toBe(2)
})

test("U8 a picture from a tool counts as a picture, and other bytes as the note for them", () => {
  const data = "iVBORw0KGgo".padEnd(60_000, "aB3")
  const call = (content: object[]): ChatMessagePart => ({ ...toolCall, output: { content } }) as ChatMessagePart
  const dot = { type: "image", mimeType: "image/png", data }
  expect(tokensOf([answered("1", call([dot]))])).toBeLessThan(1_100)
  expect(tokensOf([answered("1", call([dot, dot]))])).toBeGreaterThan(2_000)
  expect(tokensOf([answered("1", call([{ type: "audio", mimeType: "audio/wav", data }]))])).toBeLessThan(100)
})

test("tool results and thoughts of older turns are dropped before any text", () => {
  const history = [...turn("1", toolCall), ...turn("2", toolCall), asked("3")]
  const pruned = withoutOldWork(history)
  expect(idsOf(pruned)).toEqual(idsOf(history))
  expect(pruned[1]?.parts).toEqual([text("this.")])
  expect(pruned.slice(2)).toEqual(history.slice(2))
})

test("the kept part begins with a question, and is at least the last turn", () => {
  const history = [...turn("1"), ...turn("2"), ...turn("3")]
  expect(splitAtTurn(history, 0).map(idsOf)).toEqual([
    ["1-q", "1-a", "2-q", "2-a"],
    ["3-q", "3-a"],
  ])
  expect(splitAtTurn(history, tokensOf(history.slice(2))).map(idsOf)).toEqual([
    ["1-q", "1-a"],
    ["2-q", "2-a", "3-q", "3-a"],
  ])
  expect(splitAtTurn(history, 1e6).map(idsOf)).toEqual([[], idsOf(history)])
})

test("as a last resort the oldest turns are dropped, but neither the summary nor the last question", () => {
  const history = [summary, ...turn("1"), ...turn("2"), asked("3")]
  expect(idsOf(withoutOldestTurns(history, tokensOf(history) - 1))).toEqual(["0-a", "2-q", "2-a", "3-q"])
  expect(idsOf(withoutOldestTurns(history, 1))).toEqual(["0-a", "3-q"])
})
