import { readChat, saveChat } from "../../../../../lib/chat-store"
import { running } from "../../../../../lib/running"

export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const { activeStreamId, messages } = await readChat(id)
  if (activeStreamId == null) return Response.json({ success: true })

  const { assistantMessage } = await request.json()
  const isKnown = messages.some((message) => message.id === assistantMessage?.id)
  if (assistantMessage && !isKnown)
    await saveChat({ id, messages: [...messages, assistantMessage], activeStreamId: null })
  running.get(activeStreamId)?.abort()

  const latest = await readChat(id)
  if (latest.activeStreamId === activeStreamId) await saveChat({ id, activeStreamId: null })
  return Response.json({ success: true })
}
