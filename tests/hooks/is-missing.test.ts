import { expect, test } from "vitest"
import { isMissing } from "#hooks/chat/use-catch-up.ts"
import type { ChatMessage, MessageStatus, UserEvent } from "#lib/chat-protocol.ts"

const turn = { chatId: "here", streamId: "stream", messageId: "answer" }
const question: ChatMessage = { id: "question", role: "user", parts: [] }
const answer = (status: MessageStatus): ChatMessage => ({
  id: "answer",
  role: "assistant",
  parts: [],
  metadata: { status },
})
const started: UserEvent = { type: "turn-started", ...turn }
const ended: UserEvent = { type: "turn-ended", ...turn, status: "COMPLETE" }
const state = (...running: (typeof turn)[]): UserEvent => ({ type: "state", running })

test.each<[string, boolean, UserEvent, ChatMessage[]]>([
  ["a turn that began elsewhere", true, started, []],
  ["a turn that began here", false, started, [question, answer("STREAMING")]],
  ["a turn in another chat", false, { ...started, chatId: "there" }, []],
  ["the end of an answer that is shown as unfinished", true, ended, [question, answer("STREAMING")]],
  ["the end of an answer that was never seen", true, ended, []],
  ["the end of an answer that is shown to its end", false, ended, [question, answer("COMPLETE")]],
  ["a running answer that was never seen", true, state(turn), [question]],
  ["nothing running, though an answer is shown as unfinished", true, state(), [question, answer("STREAMING")]],
  ["nothing running, and nothing unfinished", false, state(), [question, answer("STOPPED")]],
  ["nothing running, in a new chat", false, state(), []],
  ["a chat that was renamed", false, { type: "chat-renamed", chatId: "here", title: "better" }, []],
])("%s: %s", (_, expected, event, messages) => {
  expect(isMissing(event, "here", messages)).toBe(expected)
})
