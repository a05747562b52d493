import { notFound } from "next/navigation"
import { chatIdPattern } from "#lib/chat-protocol.ts"
import { ChatPage } from "../../chat-page.tsx"

interface StoredChatParams {
  "agent-slug": string
  "chat-id": string
}

/** A stored chat, or an empty one with this id: a reload can be faster than the first row of the chat. */
export default async function StoredChatPage({ params }: { params: Promise<StoredChatParams> }) {
  const { "agent-slug": agentSlug, "chat-id": chatId } = await params
  // No message could be sent under such an id.
  if (!chatIdPattern.test(chatId)) notFound()
  return <ChatPage agentSlug={agentSlug} chatId={chatId} />
}
