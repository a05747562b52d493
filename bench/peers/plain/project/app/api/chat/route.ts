import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  streamText,
  toUIMessageStream,
  type UIMessage,
} from "ai"

const provider = createOpenAICompatible({
  name: "provider",
  baseURL: process.env.OPENAI_BASE_URL ?? "",
  includeUsage: true,
})

export async function POST(request: Request) {
  const { messages }: { messages: UIMessage[] } = await request.json()

  const result = streamText({
    model: provider.chatModel("test-model"),
    messages: await convertToModelMessages(messages),
    abortSignal: request.signal, // as the page on stopping streams adds it
  })

  return createUIMessageStreamResponse({
    stream: toUIMessageStream({ stream: result.stream }),
  })
}
