// @vitest-environment jsdom
import type { Chat } from "@ai-sdk/react"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { afterEach, expect, onTestFinished, test, vi } from "vitest"
import { useCatchUp } from "#hooks/use-catch-up.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"

afterEach(() => vi.unstubAllGlobals())

test("what was read before a new answer was asked for does not take that answer's place: it is read again", async () => {
  const reads: PromiseWithResolvers<Response>[] = []
  vi.stubGlobal("fetch", () => {
    const read = Promise.withResolvers<Response>()
    reads.push(read)
    return read.promise
  })
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

async function page(first: ChatMessage[]) {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const chat = { id: "c1", messages: first, resumeStream: vi.fn() }
  let catchUp: () => void = () => undefined
  function Page() {
    // As much of a chat as catching up asks for.
    catchUp = useCatchUp({
      chat: chat as unknown as Chat<ChatMessage>,
      messages: chat.messages,
      isStreaming: false,
      isResumable: true,
    })
    return null
  }
  const root = createRoot(document.createElement("div"))
  onTestFinished(() => act(() => root.unmount()))
  async function show(messages: ChatMessage[]): Promise<void> {
    chat.messages = messages
    await act(async () => root.render(<Page />))
  }
  await show(first)
  return { shown: () => chat.messages, catchUp: () => catchUp(), show }
}

const question: ChatMessage = { id: "q", role: "user", parts: [], metadata: { status: "COMPLETE" } }

function answer(id: string): ChatMessage {
  return { id, role: "assistant", parts: [], metadata: { status: "COMPLETE" } }
}
