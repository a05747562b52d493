import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  generateId,
  streamText,
  toUIMessageStream,
  type UIMessage,
} from "ai"
import { readChat, saveChat } from "../../../lib/chat-store"
import { running } from "../../../lib/running"
import { streamContext } from "../../../lib/stream-context"

const provider = createOpenAICompatible({
  name: "provider",
  baseURL: process.env.OPENAI_BASE_URL ?? "",
  includeUsage: true,
})

export async function POST(request: Request) {
  const { message, id }: { message: UIMessage; id: string } = await request.json()

  const chat = await readChat(id)
  const messages = [...chat.messages, message]

  // Clears any previous active stream and saves the user's message.
  void saveChat({ id, messages, activeStreamId: null })

  const streamId = generateId()
  const stop = new AbortController()
  running.set(streamId, stop)
  const result = streamText({
    model: provider.chatModel("test-model"),
    messages: await convertToModelMessages(messages),
    abortSignal: stop.signal,
  })

  return createUIMessageStreamResponse({
    stream: toUIMessageStream({
      stream: result.stream,
      originalMessages: messages,
      generateMessageId: generateId,
      onEnd: ({ messages }) => {
        running.delete(streamId)
        // Clears the active stream when finished.
        void saveChat({ id, messages, activeStreamId: null })
      },
    }),
    async consumeSseStream({ stream }) {
      await streamContext().createNewResumableStream(streamId, () => stream)
      void saveChat({ id, activeStreamId: streamId })
    },
  })
}
