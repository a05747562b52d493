import { UI_MESSAGE_STREAM_HEADERS } from "ai"
import { readChat } from "../../../../../lib/chat-store"
import { streamContext } from "../../../../../lib/stream-context"

export async function GET(_: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id } = await params

  const chat = await readChat(id)

  // Nothing is running.
  if (chat.activeStreamId == null) return new Response(null, { status: 204 })

  return new Response(await streamContext().resumeExistingStream(chat.activeStreamId), {
    headers: UI_MESSAGE_STREAM_HEADERS,
  })
}
