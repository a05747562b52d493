// @vitest-environment jsdom
import type { Chat } from "@ai-sdk/react"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, onTestFinished, test, vi } from "vitest"
import { type CatchUp, useCatchUp } from "#hooks/chat/use-catch-up.ts"
import type { ChatMessage, UserEvent } from "#lib/chat-protocol.ts"

test("a message read before a new question does not replace the new answer: it is read again", async () => {
  const reads = heldReads()
  const before = [question, answer("old")]
  const after = [question, answer("new")]
  const { shown, catchUp, show } = await page(before)
  await act(async () => catchUp())
  await show(after)
  await act(async () => reads[0]?.resolve(Response.json({ messages: before })))
  await vi.waitFor(() => expect(reads).toHaveLength(2))
  expect(shown()).toEqual(after)
  await act(async () => reads[1]?.resolve(Response.json({ messages: [...after, answer("newer")] })))
  await vi.waitFor(() => expect(shown()).toHaveLength(3))
})

test.each([
  ["says that it cannot", Response.json({}, { status: 503 })],
  ["is not reached", new TypeError("no network")],
])("a read is retried when the server %s", async (_, failure) => {
  vi.useFakeTimers()
  const reads = heldReads()
  const { shown, catchUp } = await page([question])
  await act(async () => catchUp())
  await act(async () => (failure instanceof Error ? reads[0]?.reject(failure) : reads[0]?.resolve(failure)))
  expect(reads).toHaveLength(1)
  await act(async () => vi.advanceTimersByTimeAsync(2_000))
  expect(reads).toHaveLength(2)
  await act(async () => reads[1]?.resolve(Response.json({ messages: [question, answer("new")] })))
  expect(shown()).toHaveLength(2)
  await act(async () => vi.advanceTimersByTimeAsync(60_000))
  expect(reads).toHaveLength(2)
})

test("a turn begun elsewhere while an answer is read here is shown after that answer's end", async () => {
  const reads = heldReads()
  const messages = [question, answer("own")]
  const { shown, onUserEvent, show } = await page(messages, { isStreaming: true })
  await act(async () => onUserEvent({ type: "turn-started", chatId: "c1", streamId: "s2", messageId: "other" }))
  expect(reads).toHaveLength(0)
  await show(messages, { isStreaming: false })
  expect(reads).toHaveLength(1)
  await act(async () => reads[0]?.resolve(Response.json({ messages: [...messages, answer("other")] })))
  expect(shown()).toHaveLength(3)
})

test("a question edited elsewhere is shown in its new version with its new answer", async () => {
  const reads = heldReads()
  const { shown, catchUp } = await page([question, answer("old")])
  await act(async () => catchUp())
  const edited = [{ ...question, id: "edited" }, answer("new")]
  await act(async () => reads[0]?.resolve(Response.json({ messages: edited })))
  expect(shown()).toEqual(edited)
})

test("a deleted chat is requested once, and stays on the page", async () => {
  vi.useFakeTimers()
  const reads = heldReads()
  const { shown, catchUp } = await page([question, answer("old")])
  await act(async () => catchUp())
  await act(async () =>
    reads[0]?.resolve(Response.json({ error: { code: "chat_not_found", message: "Gone." } }, { status: 404 })),
  )
  await act(async () => vi.advanceTimersByTimeAsync(60_000))
  expect([reads.length, shown().length]).toEqual([1, 2])
})

test("several turns elsewhere are all shown when the answer read here has ended", async () => {
  const reads = heldReads()
  const messages = [question, answer("own")]
  const { onUserEvent, show } = await page([question], { isStreaming: true })
  await act(async () => onUserEvent({ type: "turn-started", chatId: "c1", streamId: "s2", messageId: "other" }))
  await act(async () =>
    onUserEvent({ type: "turn-ended", chatId: "c1", streamId: "s1", messageId: "own", status: "COMPLETE" }),
  )
  await show(messages, { isStreaming: false })
  expect(reads).toHaveLength(1)
})

test("the beginning and end of an answer read here cause no request", async () => {
  const reads = heldReads()
  const messages = [question, answer("own")]
  const { onUserEvent, show } = await page([question], { isStreaming: true })
  const turn = { chatId: "c1", streamId: "s1", messageId: "own" }
  await act(async () => onUserEvent({ type: "turn-started", ...turn }))
  await act(async () => onUserEvent({ type: "turn-ended", ...turn, status: "COMPLETE" }))
  await show(messages, { isStreaming: false })
  expect(reads).toHaveLength(0)
})

/** Each read waits until the test lets it have its answer. */
function heldReads(): PromiseWithResolvers<Response>[] {
  const reads: PromiseWithResolvers<Response>[] = []
  vi.stubGlobal("fetch", () => {
    const read = Promise.withResolvers<Response>()
    reads.push(read)
    return read.promise
  })
  return reads
}

async function page(first: ChatMessage[], { isStreaming = false } = {}) {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const chat = { id: "c1", messages: first, resumeStream: vi.fn() }
  let current: CatchUp | undefined
  function Page({ isStreaming }: { isStreaming: boolean }) {
    // As much of a chat as catching up asks for.
    current = useCatchUp({
      chat: chat as unknown as Chat<ChatMessage>,
      messages: chat.messages,
      isStreaming,
      isResumable: true,
    })
    return null
  }
  const root = createRoot(document.createElement("div"))
  onTestFinished(() => act(() => root.unmount()))
  async function show(messages: ChatMessage[], state = { isStreaming: false }): Promise<void> {
    chat.messages = messages
    await act(async () => root.render(<Page {...state} />))
  }
  await show(first, { isStreaming })
  return {
    shown: () => chat.messages,
    catchUp: () => current?.catchUp(),
    onUserEvent: (event: UserEvent) => current?.onUserEvent(event),
    show,
  }
}

const question: ChatMessage = { id: "q", role: "user", parts: [], metadata: { status: "COMPLETE" } }

function answer(id: string): ChatMessage {
  return { id, role: "assistant", parts: [], metadata: { status: "COMPLETE" } }
}
