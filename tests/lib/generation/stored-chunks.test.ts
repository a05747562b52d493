import { readUIMessageStream, type UIMessageChunk } from "ai"
import { expect, test } from "vitest"
import type { ChatMessage, ChatMessagePart, MessageStatus } from "#lib/chat-protocol.ts"
import { growingChunks, storedChunks } from "#lib/generation/stored-chunks.ts"

const everyPart: ChatMessagePart[] = [
  { type: "step-start" },
  { type: "reasoning", id: "r", text: "thinking", state: "done" },
  { type: "text", text: "Let me see.", state: "done" },
  { type: "tool-calculate", toolCallId: "call", state: "output-available", input: { expression: "1+1" }, output: 2 },
  { type: "tool-current_time", toolCallId: "call-2", state: "output-error", input: {}, errorText: "no" },
  { type: "step-start" },
  { type: "text", text: "It is 2.", state: "done" },
  { type: "source-url", sourceId: "s", url: "https://example.com/", title: "Example" },
]

function message(parts: ChatMessagePart[], status: MessageStatus = "COMPLETE"): ChatMessage {
  return { id: "answer", role: "assistant", parts, metadata: { status } }
}

async function build(chunks: AsyncIterable<UIMessageChunk>): Promise<ChatMessage | undefined> {
  const all: UIMessageChunk[] = []
  for await (const chunk of chunks) all.push(chunk)
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of all) controller.enqueue(chunk)
      controller.close()
    },
  })
  let built: ChatMessage | undefined
  for await (const snapshot of readUIMessageStream<ChatMessage>({ stream, terminateOnError: true })) built = snapshot
  return built && (JSON.parse(JSON.stringify(built)) as ChatMessage)
}

test("M3 a stored message's chunks build that message, whatever parts it has", async () => {
  expect(await build(storedChunks(message(everyPart)))).toEqual(message(everyPart))
})

test("F14 a message that grows between two looks is built whole, each piece once", async () => {
  const looks = [
    message([], "SENDING"),
    message([{ type: "step-start" }, { type: "text", text: "Let", state: "streaming" }], "STREAMING"),
    message([{ type: "step-start" }, { type: "text", text: "Let me see.", state: "streaming" }], "STREAMING"),
    message(
      [
        { type: "step-start" },
        { type: "text", text: "Let me see.", state: "done" },
        { type: "tool-calculate", toolCallId: "call", state: "input-available", input: { expression: "1+1" } },
      ],
      "STREAMING",
    ),
    message([
      { type: "step-start" },
      { type: "text", text: "Let me see.", state: "done" },
      {
        type: "tool-calculate",
        toolCallId: "call",
        state: "output-available",
        input: { expression: "1+1" },
        output: 2,
      },
      { type: "step-start" },
      { type: "text", text: "It is 2.", state: "done" },
    ]),
  ]
  const last = looks.at(-1)
  expect(
    await build(
      growingChunks(
        async () => looks.shift(),
        async () => undefined,
      ),
    ),
  ).toEqual(last)
})

test("a message that is gone ends the stream without an end", async () => {
  const chunks: string[] = []
  const looks = [message([{ type: "text", text: "half", state: "streaming" }], "STREAMING")]
  for await (const chunk of growingChunks(
    async () => looks.shift(),
    async () => undefined,
  ))
    chunks.push(chunk.type)
  expect(chunks).not.toContain("finish")
})
