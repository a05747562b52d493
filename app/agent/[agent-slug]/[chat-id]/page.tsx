import { notFound } from "next/navigation"
import { chatIdPattern } from "#lib/chat-protocol.ts"
import { ChatPage } from "../../chat-page.tsx"

interface StoredChatParams {
  "agent-slug": string
  "chat-id": string
}

/** A stored chat, or an empty one under that id: a reload can be faster than the chat's first row. */
export default async function StoredChatPage({ params }: { params: Promise<StoredChatParams> }) {
  const { "agent-slug": agentSlug, "chat-id": chatId } = await params
  // Nothing could ever be sent from there.
  if (!chatIdPattern.test(chatId)) notFound()
  return <ChatPage agentSlug={agentSlug} chatId={chatId} />
}
